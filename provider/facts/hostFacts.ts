import type { Reading } from "./reading";

/** The whole of one host at one moment. Everything a planner or a readiness rule may look at is in here. */
export interface HostFacts {
  readonly identity: HostIdentity;
  readonly system: SystemFacts;
  readonly kernelCommandLine: KernelCommandLineFacts;
  readonly bootLoader: BootLoaderFacts;
  readonly initramfs: InitramfsFacts;
  readonly modules: ModuleFacts;
  readonly pciDevices: readonly PciDevice[];
  readonly iommu: IommuFacts;
  readonly vfio: VfioFacts;
  readonly uses: readonly DeviceUse[];
  readonly guests: Reading<readonly Guest[]>;
  readonly appArmor: AppArmorFacts;
  readonly nova: NovaFacts;
  readonly journal: JournalFacts;
  /** Text of /etc/gpuhost/vfio-binding.conf, which our boot hooks read; left out where nobody asked. */
  readonly bootBinding?: Reading<string>;
}

/** DMI UUID, machine-id and host key together say which machine this is: clones share a machine-id. */
export interface HostIdentity {
  readonly dmiUuid: Reading<string>;
  readonly machineId: Reading<string>;
  /** "SHA256:..." of the host key this connection was checked against; absent for a recorded tree. */
  readonly hostKey: Reading<string>;
}

export interface SystemFacts {
  readonly hostname: Reading<string>;
  readonly osRelease: Reading<{ readonly id: string; readonly idLike: readonly string[]; readonly versionId: string; readonly prettyName: string }>;
  readonly kernelRelease: Reading<string>;
  readonly bootId: Reading<string>;
  /** From /proc/cpuinfo `vendor_id`; on arm64 and POWER there is none. */
  readonly cpuVendor: Reading<"intel" | "amd" | "other">;
  readonly architecture: Reading<string>;
  readonly lockdown: Reading<"none" | "integrity" | "confidentiality">;
  /** Numeric user id the script ran as; 0 reads everything. */
  readonly userId: Reading<number>;
  /** "snap" | "ostree" markers: /run/ostree-booted present. */
  readonly ostree: boolean;
}

/** One token of a kernel command line, split by the kernel's rule (lib/cmdline.c next_arg: double quotes only, first `=`). */
export interface KernelArgument {
  readonly name: string;
  /** null: no `=` at all. */
  readonly value: string | null;
}

export interface KernelCommandLineFacts {
  readonly running: Reading<readonly KernelArgument[]>;
  /** What the boot loader configuration passes at the next boot: `grub.cfg`'s default entry where it was read, else /etc/default/grub. */
  readonly nextBoot: Reading<readonly KernelArgument[]>;
}

/** One boot entry as `grub.cfg` or BLS has it. */
export interface BootEntry {
  readonly id: string;
  readonly title: string;
  readonly kernel: string;
  readonly initrd: string | null;
  /** Raw text after the kernel path. */
  readonly arguments: string;
}

export interface BootLoaderFacts {
  readonly kind: "grub" | "grub-bls" | "systemd-boot" | "rpm-ostree" | "unknown";
  /** /etc/default/grub and /etc/default/grub.d/*.cfg as text, by path, in the order they are sourced. */
  readonly grubDefaults: ReadonlyMap<string, string>;
  /** The two variables after sourcing everything, as a shell would; null where a file cannot be evaluated. */
  readonly variables: { readonly linux: string | null; readonly linuxDefault: string | null };
  readonly entries: Reading<readonly BootEntry[]>;
  /** /boot/grub/grubenv: `saved_entry`, `next_entry`, ... */
  readonly environment: Reading<ReadonlyMap<string, string>>;
  /** Whether GRUB itself can write its environment block (plain file system on a plain partition); absent when not known. */
  readonly environmentWritable: Reading<boolean>;
  /** "sha256" of /boot/grub/grub.cfg. */
  readonly configurationHash: Reading<string>;
}

export interface InitramfsFacts {
  readonly tool: "initramfs-tools" | "dracut" | "unknown";
  /** Kernel releases with an image in /boot. */
  readonly images: readonly string[];
  readonly freeBootBytes: Reading<number>;
}

export interface ModuleFacts {
  /** Names with `_`, from /proc/modules. */
  readonly loaded: Reading<ReadonlySet<string>>;
  /** Names with `_`, from modules.builtin of the running kernel. */
  readonly builtin: Reading<ReadonlySet<string>>;
  /** modules.alias lines for vfio_pci: (the variant drivers), pattern -> module with `_`. */
  readonly vfioAliases: Reading<ReadonlyMap<string, string>>;
}

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
  readonly totalVfs: Reading<number>;
  readonly numVfs: Reading<number>;
  /** Address of the PF when this is a VF. */
  readonly physicalFunction: Reading<string>;
  readonly link: { readonly currentSpeed: Reading<string>; readonly currentWidth: Reading<string>; readonly maxSpeed: Reading<string>; readonly maxWidth: Reading<string> };
  /** All PCI functions above it, from the root port down to its parent. */
  readonly upstream: readonly string[];
  readonly config: Reading<ConfigSpace>;
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
  readonly type: Reading<string>;
  /** Addresses, sorted. */
  readonly members: readonly string[];
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

/** One reason why the host itself needs a PCI function now. `critical`: losing it can take the host down or lock us out. */
export interface DeviceUse {
  readonly address: string;
  readonly kind: "display" | "framebuffer" | "network" | "ssh-session" | "block" | "guest" | "process" | "input";
  readonly critical: boolean;
  /** For people: "nvme0n1p2 is mounted on /", "eth0 carries this SSH session". Never numbers that change from read to read (pids). */
  readonly says: string;
  /** Stable name of this reason, for acknowledging it: "mount:/", "swap:/dev/sda3", "ssh-session:eth0", "address:eth0", "route:eth0", "drm:card1". */
  readonly reason: string;
}

export interface Guest {
  readonly uuid: string;
  readonly name: string;
  /** PCI addresses of host devices it holds, as far as known. */
  readonly devices: readonly string[];
}

export interface AppArmorFacts {
  readonly enabled: Reading<boolean>;
  /** Loaded profile -> mode. */
  readonly profiles: Reading<ReadonlyMap<string, string>>;
}

export interface NovaFacts {
  /** Arguments of the running nova-compute; absent when none runs. */
  readonly computeCommandLine: Reading<readonly string[]>;
  /** Only the sections and keys this project is about ([pci], [devices], [filter_scheduler], pci_* of [DEFAULT]): secrets never leave the host. */
  readonly files: ReadonlyMap<string, string>;
}

/** What /var/lib/gpuhost on the host says of our own work there. */
export interface JournalFacts {
  readonly present: boolean;
  readonly lock: Reading<{ readonly owner: string; readonly since: string; readonly alive: boolean }>;
  readonly files: readonly JournalledFile[];
  readonly devices: readonly JournalledDevice[];
  readonly transactions: readonly JournalledTransaction[];
  /** The boot entry that is to be tried, or was: see plan/trialBoot. */
  readonly trial: Reading<TrialBoot>;
}

export interface JournalledFile {
  readonly path: string;
  /** Resource that wrote it: "KernelArguments", "VfioBinding". */
  readonly owner: string;
  /** sha256, or "absent". */
  readonly before: string;
  readonly written: string;
  /** sha256 now, or "absent". */
  readonly now: string;
}

export interface JournalledDevice {
  readonly address: string;
  readonly owner: string;
  /** vendor:device:subvendor:subdevice. */
  readonly ids: string;
  readonly driverBefore: string;
  readonly overrideBefore: string;
}

export interface JournalledTransaction {
  readonly id: string;
  readonly owner: string;
  readonly state: "running" | "done" | "failed" | "undone" | "interrupted";
  readonly says: string;
}

export interface TrialBoot {
  /** staged: the extra entry is there. armed: chosen for the next boot. */
  readonly state: "staged" | "armed";
  /** Tokens of the extra entry. */
  readonly arguments: readonly KernelArgument[];
  /** What is on trial: "arguments", "initramfs". */
  readonly of: readonly string[];
  /** Boot id during which it was staged. */
  readonly bootId: string;
}
