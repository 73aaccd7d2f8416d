import type { Reading } from "./reading";

/** Mediated devices: what can make them, and those there are (Documentation/driver-api/vfio-mediated-device.rst). */
export interface MdevFacts {
  /**
   * Devices that can make mediated ones, by name; absent: the module mdev is not loaded, which is the case where no driver offers any. [] means loaded
   * and nobody offers any.
   */
  readonly parents: Reading<readonly MdevParent[]>;
  /** Mediated devices, by UUID; absent as above. */
  readonly devices: Reading<readonly MdevDevice[]>;
  /**
   * PCI functions that take an NVIDIA vGPU type through vendor-specific VFIO instead, which has no mediated devices (since kernel 6.8 or so, and with it
   * Ubuntu 24.04 and RHEL 10).
   */
  readonly vendorVfio: readonly string[];
  /** Mediated devices that we made, from our journal. */
  readonly ours: readonly OurMdev[];
  /** Intel GVT-g: i915's parameter enable_gvt; absent: no i915, or one that was built without it. */
  readonly gvt: Reading<boolean>;
}

/** One device of /sys/class/mdev_bus. */
export interface MdevParent {
  /** As sysfs names it: "0000:65:00.0", or "mtty", "matrix" and the like for one that is no PCI function. */
  readonly name: string;
  /** The PCI function that it is; absent: it is none. */
  readonly address: Reading<string>;
  /** Its place below /sys/devices: "virtual/mtty/mtty". */
  readonly place: Reading<string>;
  /** Unreadable: what it offers is not known; []: nothing. */
  readonly types: Reading<readonly MdevType[]>;
}

/** One directory of mdev_supported_types. */
export interface MdevType {
  /** "nvidia-35", "i915-GVTg_V5_4", "mtty-1": driver and type. */
  readonly id: string;
  /** For people: "GRID M60-0B". */
  readonly name: Reading<string>;
  /** absent: the driver gives none. */
  readonly description: Reading<string>;
  /** "vfio-pci", "vfio-ap", "vfio-ccw", "vfio-platform". */
  readonly deviceApi: Reading<string>;
  /** How many more could be made now; 0 also where the parent has given out another type that excludes this one. */
  readonly availableInstances: Reading<number>;
  /** UUIDs of those there are, sorted. */
  readonly devices: Reading<readonly string[]>;
}

/** One device of /sys/bus/mdev/devices. */
export interface MdevDevice {
  /** Lower case, as sysfs has it. */
  readonly uuid: string;
  /** Name of its parent. */
  readonly parent: Reading<string>;
  /** Id of its type. */
  readonly type: Reading<string>;
  /** absent: none, so no guest can have it. */
  readonly iommuGroup: Reading<number>;
  /** absent: unbound. */
  readonly driver: Reading<string>;
  /** Guests by name (or UUID), and processes that have its VFIO group or device open, each once, sorted. Only root sees them. */
  readonly holders: Reading<readonly string[]>;
}

/** An entry of /var/lib/gpuhost/mdevs. */
export interface OurMdev {
  readonly uuid: string;
  /** Resource that made it. */
  readonly owner: string;
  readonly parent: string;
  readonly type: string;
}
