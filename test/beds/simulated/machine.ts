import { createHash } from "node:crypto";

/** One PCI function of a simulated machine. Ids are four hex digits, the class six, all lower case. */
export interface PciFunction {
  readonly address: string;
  /** The port above it; null: on the root bus. */
  readonly parent: string | null;
  readonly vendor: string;
  readonly device: string;
  readonly subsystem: readonly [vendor: string, device: string];
  readonly class: string;
  /** Driver that the kernel gives it when nobody says otherwise; null: none. */
  readonly driver: string | null;
  /** Group it is in while the IOMMU is on. */
  readonly group: number;
  readonly resetMethods: string;
  /** Port type of the PCIe capability: 0 endpoint, 4 root port. */
  readonly pcieType: number;
  /** A port that can keep what is below it apart (ACS). */
  readonly acs: boolean;
  /** Network interface its driver makes, with the address it has (null: none, no carrier). */
  readonly netdev?: { readonly name: string; readonly address: string | null };
  /** Disk its driver makes: one partition, mounted on /. */
  readonly disk?: string;
  /** DRM card number its driver makes. */
  readonly drm?: number;
  readonly bootVga?: boolean;
  /** Virtual functions that its driver can make: ids and driver of each, one group each from `group` on. `vgpu`: types that NVIDIA's driver offers on each. */
  readonly sriov?: { readonly total: number; readonly offset: number; readonly stride: number; readonly device: string; readonly driver: string | null; readonly group: number; readonly vgpu?: Readonly<Record<number, string>> };
  /** Set on a virtual function: the physical one. */
  readonly physical?: string;
}

/** A machine as a person would describe it: what is plugged in where, and how it is set up to boot. */
export interface Machine {
  readonly name: string;
  readonly dmiUuid: string;
  readonly machineId: string;
  readonly kernel: string;
  /** GRUB_CMDLINE_LINUX_DEFAULT as its administrator left it. */
  readonly kernelArguments: string;
  /** VT-d switched on in firmware: there is a DMAR table. */
  readonly firmwareIommu: boolean;
  readonly functions: readonly PciFunction[];
  /** What can make mediated devices. Default: nothing, the module is not loaded. */
  readonly mdev?: readonly MdevParent[];
}

/** A parent of mediated devices: a PCI function by its address, or a device of its own. Its types share its room. */
export interface MdevParent {
  readonly name: string;
  readonly room: number;
  readonly types: Readonly<Record<string, { readonly name: string; readonly size: number }>>;
  /** As most cards have it: while there is one of a type, there can be none of another. */
  readonly oneTypeAtATime?: true;
}

const hex = (text: string) => createHash("sha256").update(text).digest("hex");

/** A Debian 12 server with everything a hypervisor has but cards: those come in `functions`. */
export function machine(name: string, of: { kernelArguments?: string; firmwareIommu?: boolean; functions: readonly (PciFunction | readonly PciFunction[])[]; mdev?: readonly MdevParent[] }): Machine {
  const id = hex(`machine ${name}`);
  return {
    name,
    dmiUuid: `${id.slice(0, 8)}-${id.slice(8, 12)}-4${id.slice(13, 16)}-8${id.slice(17, 20)}-${id.slice(20, 32)}`,
    machineId: id.slice(32, 64),
    kernel: "6.1.0-28-amd64",
    kernelArguments: of.kernelArguments ?? "quiet",
    firmwareIommu: of.firmwareIommu ?? true,
    functions: [...base(), ...of.functions.flat()],
    ...(of.mdev === undefined ? {} : { mdev: of.mdev }),
  };
}

/** Host bridge, ISA bridge and management display: there on every server, and never of interest to anyone. */
function base(): PciFunction[] {
  return [
    endpoint({ address: "0000:00:00.0", vendor: "8086", device: "09a2", class: "060000", driver: null, group: 0 }),
    endpoint({ address: "0000:00:1f.0", vendor: "8086", device: "a1c2", class: "060100", driver: null, group: 1 }),
    rootPort("0000:00:1c.0", 2),
    endpoint({ address: "0000:03:00.0", parent: "0000:00:1c.0", vendor: "1a03", device: "2000", class: "030000", driver: "ast", group: 3, drm: 0, bootVga: true }),
  ];
}

export function endpoint(of: Partial<PciFunction> & Pick<PciFunction, "address" | "vendor" | "device" | "class" | "driver" | "group">): PciFunction {
  return { parent: null, subsystem: [of.vendor, "0001"], resetMethods: "flr bus", pcieType: 0, acs: false, ...of };
}

/** Without ACS, what is below it shares its group, and that of its sibling functions. */
export function rootPort(address: string, group: number, acs = true): PciFunction {
  return endpoint({ address, vendor: "8086", device: "352a", class: "060400", driver: "pcieport", group, resetMethods: "pm", pcieType: 4, acs });
}

/** A graphics card with its audio function, both in `group`: an RTX A5000 as nouveau and the sound driver know it. */
export function graphicsCard(slot: string, parent: string, group: number, drm = 1): PciFunction[] {
  const subsystem = ["10de", "147e"] as const;
  return [
    endpoint({ address: `${slot}.0`, parent, vendor: "10de", device: "2231", subsystem, class: "030000", driver: "nouveau", group, drm, bootVga: false }),
    endpoint({ address: `${slot}.1`, parent, vendor: "10de", device: "1aef", subsystem, class: "040300", driver: "snd_hda_intel", group }),
  ];
}

/** A compute card: one function, no display, no driver on the host. */
export function computeCard(slot: string, parent: string, group: number): PciFunction {
  return endpoint({ address: `${slot}.0`, parent, vendor: "10de", device: "20b7", subsystem: ["10de", "1532"], class: "030200", driver: null, group });
}

/** A compute card whose driver makes up to four virtual functions. */
export function sharedCard(slot: string, parent: string, group: number): PciFunction {
  return endpoint({
    address: `${slot}.0`, parent, vendor: "1002", device: "740f", subsystem: ["1002", "0c34"], class: "038000", driver: "gim", group,
    sriov: { total: 4, offset: 4, stride: 1, device: "7410", driver: null, group: 10 * group },
  });
}

/** A card of NVIDIA's on the driver of a vGPU host with vendor-specific VFIO; its own tool turns all four on. */
export function vgpuCard(slot: string, parent: string, group: number): PciFunction {
  return endpoint({
    address: `${slot}.0`, parent, vendor: "10de", device: "2235", subsystem: ["10de", "145a"], class: "030200", driver: "nvidia", group,
    sriov: { total: 4, offset: 4, stride: 1, device: "2235", driver: "nvidia", group: 10 * group, vgpu: { 557: "NVIDIA A40-1B", 558: "NVIDIA A40-2B" } },
  });
}

export function networkCard(slot: string, parent: string, group: number, netdev: { name: string; address: string | null }): PciFunction {
  return endpoint({ address: `${slot}.0`, parent, vendor: "8086", device: "10d3", subsystem: ["8086", "a01f"], class: "020000", driver: "e1000e", group, netdev });
}

export function disk(slot: string, parent: string, group: number): PciFunction {
  return endpoint({ address: `${slot}.0`, parent, vendor: "144d", device: "a80a", subsystem: ["144d", "a801"], class: "010802", driver: "nvme", group, disk: "nvme0n1" });
}
