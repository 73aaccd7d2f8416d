import type { Reading } from "./reading";
import type { BridgeBuses, SriovFacts, VgpuFacts } from "./sriovTypes";

export interface PciDevice {
  /** `0000:65:00.0`; domains longer than four digits occur (VMD). */
  readonly address: string;
  /** Four hex digits, lower case; absent in a partial recording. */
  readonly vendor: Reading<string>;
  readonly device: Reading<string>;
  readonly subsystemVendor: Reading<string>;
  readonly subsystemDevice: Reading<string>;
  /** Six hex digits. */
  readonly class: Reading<string>;
  /** Absent, as all that no verdict asks of it, for memory, host and ISA bridges, system peripherals, signal processing and SMBus (host/probes/05-digest.sh). */
  readonly revision: Reading<string>;
  /** Driver's name as its directory is called (`vfio-pci`, `snd_hda_intel`); absent: unbound. */
  readonly driver: Reading<string>;
  /** "" and "(null)" read as absent. */
  readonly driverOverride: Reading<string>;
  readonly iommuGroup: Reading<number>;
  readonly modalias: Reading<string>;
  readonly numaNode: Reading<number>;
  readonly bootVga: Reading<boolean>;
  readonly enabled: Reading<boolean>;
  readonly powerState: Reading<string>;
  /** In the order tried; [] means the attribute is there and empty, absent means no attribute (kernel < 5.15, or no reset at all). */
  readonly resetMethods: Reading<readonly string[]>;
  /** True when /sys/.../reset exists. */
  readonly resettable: Reading<boolean>;
  /** False: somebody keeps it out of D3cold. */
  readonly d3coldAllowed?: Reading<boolean>;
  /** Memory regions 0 to 5; read of displays and accelerators only. */
  readonly bars?: Reading<readonly Bar[]>;
  readonly totalVfs: Reading<number>;
  readonly numVfs: Reading<number>;
  /** Address of the PF when this is a VF. */
  readonly physicalFunction: Reading<string>;
  /** Left out where the function can have no virtual ones. */
  readonly sriov?: SriovFacts;
  /** Whether functions beyond 7 are reached on its bus (alternative routing ids). */
  readonly ariEnabled?: Reading<boolean>;
  /** Left out where there is no directory `nvidia` with a type. */
  readonly vgpu?: VgpuFacts;
  /** It can be opened through VFIO, whatever its driver is called (Documentation/ABI/testing/sysfs-devices-vfio-dev). */
  readonly vfioDevice?: true;
  /** Of a bridge only. */
  readonly buses?: Reading<BridgeBuses>;
  /** Number of the XGMI hive that amdgpu has the card in; left out where no driver says so. */
  readonly xgmiHive?: Reading<string>;
  readonly link: { readonly currentSpeed: Reading<string>; readonly currentWidth: Reading<string>; readonly maxSpeed: Reading<string>; readonly maxWidth: Reading<string> };
  /** All PCI functions above it, from the root port down to its parent. */
  readonly upstream: readonly string[];
  /** Its place in sysfs could not be read, so that upstream may lack functions. */
  readonly upstreamNotRead?: true;
  /** Whole of displays, accelerators, what shares a slot or group with one, bridges and virtual functions; of others the first 64 bytes. */
  readonly config: Reading<ConfigSpace>;
}

/** One memory region of a function, as the kernel has placed it. */
export interface Bar {
  readonly index: number;
  /** undefined: the kernel no longer says. */
  readonly bytes: number | undefined;
  /** False: the kernel found no room for it. */
  readonly assigned: boolean;
}

/** What the config space says (include/uapi/linux/pci_regs.h). Fields that the read length does not reach are absent. */
export interface ConfigSpace {
  readonly readBytes: number;
  /** Low 7 bits of the header type: 0 endpoint, 1 bridge. */
  readonly headerType: Reading<number>;
  readonly multifunction: Reading<boolean>;
  readonly allOnes: boolean;
  /** PCIe capability's port type: 0 endpoint, 4 root port, 5 upstream, 6 downstream, 7 PCIe-to-PCI bridge ...; absent: conventional PCI. */
  readonly pcieType: Reading<number>;
  readonly flr: Reading<boolean>;
  /** absent: read in full and there is none; unreadable: extended space was not read. */
  readonly acs: Reading<{ readonly capability: number; readonly control: number }>;
  readonly ats: Reading<{ readonly enabled: boolean }>;
  readonly sriov: Reading<{ readonly enabled: boolean; readonly totalVfs: number; readonly numVfs: number }>;
}

export interface IommuFacts {
  /** active: /sys/class/iommu has entries, or devices have groups. inactive: known to have none. */
  readonly state: "active" | "inactive" | "unknown";
  readonly kinds: readonly ("intel" | "amd" | "smmu" | "other")[];
  readonly groupsKnown: boolean;
  readonly units: readonly string[];
  /** ACPI tables DMAR, IVRS, IORT that are present; unreadable or absent when /sys/firmware/acpi/tables was not read. */
  readonly firmwareTables: Reading<readonly string[]>;
  readonly groups: readonly IommuGroup[];
  /** "remapped": IRQ chips named IR-*; "not-remapped": x86, chips were read and none is. */
  readonly interruptRemapping: "remapped" | "not-remapped" | "not-applicable" | "unknown";
}

export interface IommuGroup {
  readonly number: number;
  /** Read of groups that a verdict may be about, as reservedRegions. */
  readonly type: Reading<string>;
  /** Addresses, sorted. */
  readonly members: readonly string[];
  /** The group's own list could not be read, so that members may lack some. */
  readonly membersNotRead?: true;
  readonly reservedRegions: Reading<readonly { readonly start: string; readonly end: string; readonly type: string }[]>;
}

export interface VfioFacts {
  /** Names in /dev/vfio ("vfio", "12", "noiommu-3"). */
  readonly nodes: Reading<readonly string[]>;
  readonly allowUnsafeInterrupts: Reading<boolean>;
  readonly noIommuMode: Reading<boolean>;
  /** /sys/bus/pci/drivers/vfio-pci exists. */
  readonly driverPresent: Reading<boolean>;
}
