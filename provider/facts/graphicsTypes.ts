import type { Reading } from "./reading";

/** What paravirtual GPUs (virtio-gpu with 3D) could rest on, and GPUs that are no PCI devices. */
export interface GraphicsFacts {
  /** True: QEMU and libvirt of a container, in which libvirt runs. */
  readonly container: boolean;
  /** Paths of QEMU's programs; []: looked for, and none is there. */
  readonly emulators: Reading<readonly string[]>;
  /** QEMU's modules for displays, as their files are called, without ".so"; absent: none, so that QEMU was built without modules or is not there. */
  readonly modules: Reading<readonly string[]>;
  /** Versions of packages, "7.2" or "9.1.0"; absent: no package that is known here. */
  readonly qemu: Reading<string>;
  readonly libvirt: Reading<string>;
  readonly virglrenderer: Reading<string>;
  readonly mesa: Reading<string>;
  /** Render nodes of all GPUs that are on a driver of the host, by name. Unreadable: it is not known whether there are any. */
  readonly renderNodes: Reading<readonly RenderNode[]>;
  /** GPUs of the platform bus, by name. Unreadable: nobody looked for them. */
  readonly platformGpus: Reading<readonly PlatformGpu[]>;
}

export interface RenderNode {
  /** "renderD128". */
  readonly name: string;
  /** PCI address, or name of the platform device; absent: of neither. */
  readonly device: Reading<string>;
  /** "crw-rw----+", as ls prints it, and number of the group. */
  readonly mode: Reading<string>;
  readonly group: Reading<number>;
}

/** One device of /sys/bus/platform/devices that the device tree calls a GPU, or a part of one. */
export interface PlatformGpu {
  /** "ff9a0000.gpu". */
  readonly name: string;
  /** absent: unbound. */
  readonly driver: Reading<string>;
  /** What the device tree says it is compatible with: "arm,mali-valhall-csf". */
  readonly compatible: readonly string[];
  /** What Arm's own driver says: "Mali-G78AE 4 cores r0p1 0x90050001"; absent: another driver. */
  readonly model: Reading<string>;
  readonly renderNodes: readonly string[];
}
