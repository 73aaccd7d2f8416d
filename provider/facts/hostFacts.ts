import type { CloudHostFacts } from "./cloud/cloudFacts";
import type { AppArmorFacts } from "./appArmorTypes";
import type { BootLoaderFacts, InitramfsFacts, KernelCommandLineFacts, ModuleFacts } from "./bootTypes";
import type { IommuFacts, PciDevice, VfioFacts } from "./deviceTypes";
import type { FabricFacts } from "./fabricTypes";
import type { GraphicsFacts } from "./graphicsTypes";
import type { JournalFacts } from "./journalTypes";
import type { MdevFacts } from "./mdevTypes";
import type { Reading } from "./reading";
import type { VirtualFunctionFacts } from "./sriovTypes";

export type { AppArmorFacts, LibvirtPolicy, PackagedFile } from "./appArmorTypes";
export type { BootEntry, BootLoaderFacts, InitramfsFacts, KernelArgument, KernelCommandLineFacts, ModprobeFacts, ModuleFacts, PciAlias } from "./bootTypes";
export type { Bar, ConfigSpace, IommuFacts, IommuGroup, PciDevice, VfioFacts } from "./deviceTypes";
export type { MdevDevice, MdevFacts, MdevParent, MdevType, OurMdev } from "./mdevTypes";
export type { BridgeBuses, SriovFacts, VgpuFacts, VgpuType, VirtualFunctionFacts } from "./sriovTypes";
export type { FabricFacts, FabricManager } from "./fabricTypes";
export type { GraphicsFacts, PlatformGpu, RenderNode } from "./graphicsTypes";
export type { JournalFacts, JournalledDevice, JournalledFile, JournalledTransaction, JournalledVirtual, TrialBoot } from "./journalTypes";

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
  /** Mediated devices; left out where nobody asked. */
  readonly mdev?: MdevFacts;
  /** Whether the host reached the address that a resource asked about; left out where nobody asked. */
  readonly reached?: Reading<boolean>;
  /** Text of /etc/gpuhost/vfio-binding.conf, which our boot hooks read; left out where nobody asked. */
  readonly bootBinding?: Reading<string>;
  /** What decides how virtual functions are made; left out where nobody asked. */
  readonly virtualFunctions?: VirtualFunctionFacts;
  /** What paravirtual GPUs could rest on, and GPUs that are no PCI devices; left out where nobody asked. */
  readonly graphics?: GraphicsFacts;
  /** Drivers that driverctl gives at boot, by PCI address (/etc/driverctl.d/pci-ADDRESS). */
  readonly driverctl?: ReadonlyMap<string, string>;
  /** What joins cards past PCIe; left out where nobody asked. */
  readonly fabric?: FabricFacts;
  /** Where the host's own uses are read from and could not be: "mounts", "disks". */
  readonly usesNotRead?: readonly string[];
  /** Text of /etc/gpuhost/nova-quarantine.conf: cards that we keep from new guests. */
  readonly novaQuarantine?: Reading<string>;
  /** What the control plane says of this host; left out where nobody asked, unreadable where it did not answer. */
  readonly cloud?: Reading<CloudHostFacts>;
  /** Day of the reading, "2026-11-21" in UTC by the reader's own clock; left out where nobody said: then no exception counts. */
  readonly readOn?: string;
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
  /** Width of a physical address in bits; x86 alone says so. */
  readonly physicalAddressBits?: Reading<number>;
  readonly architecture: Reading<string>;
  readonly lockdown: Reading<"none" | "integrity" | "confidentiality">;
  /** Numeric user id the script ran as; 0 reads everything. */
  readonly userId: Reading<number>;
  /** "snap" | "ostree" markers: /run/ostree-booted present. */
  readonly ostree: boolean;
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
  /** UUIDs of mediated devices it holds, as far as known; left out where there is none. */
  readonly mdevs?: readonly string[];
}

export interface NovaFacts {
  /** Arguments of the running nova-compute; absent when none runs. */
  readonly computeCommandLine: Reading<readonly string[]>;
  /**
   * Only the sections and keys this project is about ([pci], [devices], [filter_scheduler], pci_* of [DEFAULT]): secrets never leave the host.
   * By path; a file of a container by "SERVICE container:PATH".
   */
  readonly files: ReadonlyMap<string, string>;
  /** Files of Nova that are there and may not be read, with the reason. */
  readonly unreadableFiles?: ReadonlyMap<string, string>;
  /** Running services, nova-compute first. */
  readonly services?: readonly NovaService[];
  /** Versions of Nova that are installed, as its packages say, each once; a running service says its own where that is known. */
  readonly installed?: readonly string[];
  /** Who else writes Nova's configuration on this host. */
  readonly managers?: readonly NovaManager[];
}

/** One running service of Nova. */
export interface NovaService {
  readonly name: "nova-compute" | "nova-api" | "nova-scheduler" | "nova-conductor";
  /** What runs it, without its directory: "nova-compute", or a WSGI server ("uwsgi", "apache2"). */
  readonly program: string;
  /** All arguments of a program of Nova; of a WSGI server only those about configuration files. */
  readonly args: readonly string[];
  /** systemd unit, or scope of a container. */
  readonly unit?: string;
  /** Prefix of its files in `NovaFacts.files`, when it runs in a root of its own. */
  readonly container?: string;
  /** HOME, SNAP, SNAP_COMMON, OS_NOVA_CONFIG_DIR and OS_NOVA_CONFIG_FILES, as far as set. */
  readonly environment: ReadonlyMap<string, string>;
  /** Version of the Nova that it was started from. */
  readonly version?: string;
}

/** A deployment tool that would rewrite what we write. */
export interface NovaManager {
  readonly name: "kolla" | "juju" | "snap" | "tripleo" | "edpm" | "puppet" | "openstack-ansible" | "ansible" | "chef" | "salt";
  /** What gives it away: a path, or a line that it leaves in a file. */
  readonly evidence: string;
}
