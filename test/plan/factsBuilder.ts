import type { CloudHostFacts, CloudServerFacts, ComputeServiceFacts } from "../../provider/facts/cloud/cloudFacts";
import { parseCommandLine } from "../../provider/facts/commandLine";
import type { DeviceUse, Guest, HostFacts, JournalledDevice, JournalledFile, JournalledVirtual, NovaManager, NovaService, PciDevice, TrialBoot } from "../../provider/facts/hostFacts";
import { absent, unreadable, value } from "../../provider/facts/reading";
import type { Reading } from "../../provider/facts/reading";
import { BINDING_PATH, bindingText } from "../../provider/plan/bootBinding";
import type { BootBinding } from "../../provider/plan/bootBinding";
import { hookFiles } from "../../provider/plan/bootBindingFiles";
import { DROP_IN_PATH, dropInText, NOTHING_WANTED } from "../../provider/plan/gpuhostDropIn";
import type { Generation } from "../../provider/plan/gpuhostDropIn";
import { sha256 } from "../../provider/plan/hash";
import { VIRTUAL_CONF_PATH } from "../../provider/plan/virtualBootScript";
import { mdevFacts, type MdevOptions } from "./mdevFacts";

/** A PCI function in few words; everything left out is what an ordinary endpoint has. */
export interface DeviceOptions {
  readonly address: string;
  /** "vendor:device[:subvendor:subdevice]", default subsystem 0000:0000. */
  readonly ids: string;
  readonly class?: string;
  readonly driver?: string;
  readonly override?: string;
  readonly group?: number;
  readonly upstream?: readonly string[];
  readonly headerType?: number;
  readonly numVfs?: number;
  readonly totalVfs?: number;
  readonly bootVga?: boolean;
  readonly modalias?: string;
  /** Of a physical function, with `totalVfs`. Default: offset 4, stride 1, autoprobe on, and no virtual functions there. */
  readonly sriov?: { readonly offset?: number; readonly stride?: number; readonly autoprobe?: boolean; readonly functions?: readonly string[] };
  /** Of a virtual function: its physical one. */
  readonly physical?: string;
  readonly ari?: boolean;
  /** NVIDIA's type of now, and those it offers. */
  readonly vgpu?: { readonly type: number; readonly offers?: Readonly<Record<string, string>> };
  readonly vfioDevice?: true;
  /** Of a bridge: the last bus behind it. */
  readonly lastBus?: number;
  /** Default: flr and bus. */
  readonly resets?: readonly string[];
}

/** What a case says of its host; JSON, so that cases can be files. `"?"` in a text means: could not be read. */
export interface FactsOptions {
  readonly running?: string;
  /** The default entry's arguments; default: as running. */
  readonly nextBoot?: string;
  readonly variables?: { readonly linux: string; readonly linuxDefault: string };
  readonly files?: Readonly<Record<string, string>>;
  /** Our GRUB drop-in, as we wrote it. */
  readonly dropIn?: { readonly state: "trial" | "kept" } & Partial<Generation> & { readonly before?: Partial<Generation> };
  /** Our boot binding with its hooks, as we wrote them. */
  readonly binding?: BootBinding;
  readonly bootLoader?: HostFacts["bootLoader"]["kind"];
  readonly system?: string;
  readonly trialPossible?: boolean | "unknown" | "?";
  readonly environment?: Readonly<Record<string, string>>;
  readonly trial?: { readonly state?: TrialBoot["state"]; readonly arguments: string; readonly of?: readonly string[]; readonly bootId?: string };
  readonly journalFiles?: readonly JournalledFile[];
  readonly journalDevices?: readonly JournalledDevice[];
  readonly journalVirtual?: readonly JournalledVirtual[];
  /** What makes virtual functions. Default: systemd, and neither NVIDIA's tool nor a file of ours. */
  readonly virtual?: { readonly systemd?: boolean; readonly sriovManage?: boolean; readonly vfioEnablesSriov?: boolean; readonly atBoot?: string };
  readonly bootId?: string;
  readonly cpu?: "intel" | "amd" | "other";
  readonly builtin?: readonly string[];
  readonly loaded?: readonly string[];
  readonly vfioAliases?: Readonly<Record<string, string>>;
  readonly iommu?: "active" | "inactive" | "unknown";
  readonly firmwareTables?: readonly string[];
  readonly devices?: readonly DeviceOptions[];
  readonly vfioNodes?: readonly string[];
  readonly uses?: readonly DeviceUse[];
  readonly guests?: readonly Guest[] | "?";
  readonly initramfs?: HostFacts["initramfs"]["tool"];
  readonly kernels?: readonly string[];
  readonly freeBootBytes?: number;
  /** What the control plane says; a text: why it could not be read. Absent: nobody asked. */
  readonly cloud?: CloudOptions | string;
  readonly nova?: NovaOptions;
  /** The day of the reading; absent: not known. */
  readonly readOn?: string;
  /** Cards in quarantine. */
  readonly quarantine?: readonly string[];
  /** Owners of transactions that were cut off. */
  readonly interrupted?: readonly string[];
  /** Mediated devices; absent: not asked. */
  readonly mdev?: MdevOptions;
  /** Whether the host reached what was asked about. */
  readonly reached?: boolean;
  /** Absent: a kernel without AppArmor. */
  readonly appArmor?: AppArmorOptions;
}

/** Nova on the host: what runs, with which arguments, and its files. */
export interface NovaOptions {
  readonly services?: readonly (Pick<NovaService, "name"> & Partial<Omit<NovaService, "environment">>)[];
  readonly files?: Readonly<Record<string, string>>;
  readonly unreadableFiles?: Readonly<Record<string, string>>;
  readonly installed?: readonly string[];
  readonly managers?: readonly NovaManager[];
}

/** A compute host in few words: service, root provider and the providers of its PCI devices. */
export interface CloudOptions {
  readonly service?: Partial<ComputeServiceFacts> | null;
  readonly traits?: readonly string[];
  /** Placement holds nothing of the host, which Nova still knows. */
  readonly providersGone?: boolean;
  /** Address to what Placement holds of it. */
  readonly devices?: Readonly<Record<string, { readonly resourceClass: string; readonly total?: number; readonly reserved?: number; readonly usedBy?: string; readonly traits?: readonly string[] }>>;
  readonly aggregates?: Readonly<Record<string, boolean>>;
  readonly servers?: readonly (Partial<CloudServerFacts> & { readonly id: string; readonly name: string })[];
  readonly similar?: readonly string[];
}

/** A host with AppArmor and libvirt. */
export interface AppArmorOptions {
  readonly enabled?: boolean | "?";
  readonly profiles?: Readonly<Record<string, string>> | "?";
  readonly drivers?: readonly string[];
  readonly selinux?: "enforcing" | "permissive";
  readonly elsewhere?: "kolla" | "snap";
  readonly disabled?: readonly string[];
  readonly parser?: boolean;
  /** Files below /etc/apparmor.d; "?" could not be read. */
  readonly texts?: Readonly<Record<string, string>>;
  /** Shipped text by full path; null: not on this host any more. As shipped where the file has that text. */
  readonly packaged?: Readonly<Record<string, string | null>>;
  readonly leftovers?: readonly string[];
}

export const ROOT = "root=UUID=1111 ro";

function text(of: string): Reading<string> {
  return of === "?" ? unreadable("permission denied") : value(of);
}

export function cloudFacts(of: CloudOptions): CloudHostFacts {
  const root = { id: "root-id", name: "host1.example.org", pciAddress: null, generation: 3, parent: null, inventories: [{ resourceClass: "VCPU", total: 64, reserved: 0, used: 0 }], traits: of.traits ?? [], allocations: [] };
  const devices = Object.entries(of.devices ?? {}).map(([address, { resourceClass, total = 1, reserved = 0, usedBy, traits = [] }]) => ({
    id: `id-of-${address}`, name: `host1.example.org_${address.toUpperCase()}`, pciAddress: address, generation: 1, parent: "root-id",
    inventories: [{ resourceClass, total, reserved, used: usedBy === undefined ? 0 : 1 }], traits,
    allocations: usedBy === undefined ? [] : [{ consumer: usedBy, resources: { [resourceClass]: 1 } }],
  }));
  return {
    region: null,
    service: of.service === null ? null : { id: "service-id", host: "host1", state: "up", status: "enabled", disabledReason: null, forcedDown: false, updatedAt: "2026-01-01T00:00:00Z", ...of.service },
    hypervisor: of.service === null ? null : { hostname: "host1.example.org", id: "root-id", type: "QEMU" },
    providers: of.service === null || of.providersGone === true ? [] : [root, ...devices],
    aggregates: Object.entries(of.aggregates ?? {}).map(([name, holdsHost], at) => ({ id: at + 1, name, availabilityZone: null, metadata: {}, holdsHost, hostCount: holdsHost ? 2 : 1 })),
    servers: (of.servers ?? []).map((server) => ({ status: "ACTIVE", taskState: null, vmState: "active", powerState: "running" as const, flavor: "gpu.1", projectId: "p1", locked: false, pciAlias: null, pciAddresses: [], ...server })),
    unconfirmedMoves: [], similar: of.similar ?? [],
  };
}

function tokens(of: string): HostFacts["kernelCommandLine"]["running"] {
  return of === "?" ? unreadable("permission denied") : value(parseCommandLine(of));
}

export function hostFacts(options: FactsOptions = {}): HostFacts {
  const running = options.running ?? `${ROOT} quiet`;
  const devices = (options.devices ?? []).map(pciDevice);
  const groups = new Map<number, string[]>();
  for (const { address, group } of options.devices ?? []) if (group !== undefined) groups.set(group, [...(groups.get(group) ?? []), address]);
  const iommu = options.iommu ?? "active";
  const dropIn = options.dropIn === undefined ? undefined : dropInText({
    state: options.dropIn.state, before: { ...NOTHING_WANTED, ...options.dropIn.before }, wanted: { ...NOTHING_WANTED, ...options.dropIn },
  });
  const binding = options.binding === undefined ? undefined : bindingText(options.binding);
  const tool = options.initramfs ?? "initramfs-tools";
  const hooks = binding === undefined || tool === "unknown" ? [] : hookFiles(tool).map((file) => ourFile(file.path, "VfioBinding", file.text));
  const journalFiles = [...(options.journalFiles ?? []), ...(dropIn === undefined ? [] : [ourFile(DROP_IN_PATH, "KernelArguments", dropIn)]),
    ...(binding === undefined ? [] : [ourFile(BINDING_PATH, "VfioBinding", binding)]), ...hooks];
  const trialPossible = options.trialPossible ?? true;
  const cloud = options.cloud === undefined ? {} : { cloud: typeof options.cloud === "string" ? unreadable(options.cloud) : value(cloudFacts(options.cloud)) };
  return {
    ...cloud,
    ...(options.mdev === undefined ? {} : { mdev: mdevFacts(options.mdev) }),
    ...(options.reached === undefined ? {} : { reached: value(options.reached) }),
    ...(options.readOn === undefined ? {} : { readOn: options.readOn }),
    identity: { dmiUuid: value("aaaa"), machineId: value("bbbb"), hostKey: value("SHA256:cccc") },
    system: {
      hostname: value("host1"),
      osRelease: value({ id: options.system ?? "debian", idLike: [], versionId: "12", prettyName: options.system ?? "Debian GNU/Linux 12" }),
      kernelRelease: value(options.kernels?.[0] ?? "6.1.0-56-amd64"), bootId: text(options.bootId ?? "boot-1"), cpuVendor: value(options.cpu ?? "intel"),
      architecture: value("x86_64"), lockdown: value("none"), userId: value(0), ostree: false,
    },
    kernelCommandLine: { running: tokens(running), nextBoot: tokens(options.nextBoot ?? running) },
    bootLoader: {
      kind: options.bootLoader ?? "grub", grubDefaults: new Map(Object.entries({ ...options.files, ...(dropIn === undefined ? {} : { [DROP_IN_PATH]: dropIn.trimEnd() }) })),
      variables: options.variables ?? { linux: null, linuxDefault: null }, entries: absent, environment: options.environment === undefined ? absent : value(new Map(Object.entries(options.environment))),
      environmentWritable: trialPossible === "unknown" ? absent : trialPossible === "?" ? unreadable("permission denied") : value(trialPossible),
      configurationHash: value("dddd"),
    },
    initramfs: { tool, images: options.kernels ?? ["6.1.0-56-amd64"], freeBootBytes: value(options.freeBootBytes ?? 1_000_000_000) },
    modules: {
      loaded: value(new Set(options.loaded ?? [])), builtin: value(new Set(options.builtin ?? [])), vfioAliases: value(new Map(Object.entries(options.vfioAliases ?? {}))),
    },
    pciDevices: devices,
    iommu: {
      state: iommu, kinds: iommu === "active" ? ["intel"] : [], groupsKnown: groups.size > 0, units: iommu === "active" ? ["dmar0"] : [],
      firmwareTables: value(options.firmwareTables ?? ["DMAR"]),
      groups: [...groups].map(([number, members]) => ({ number, type: value("DMA"), members: members.sort(), reservedRegions: value([]) })),
      interruptRemapping: iommu === "active" ? "remapped" : "not-remapped",
    },
    vfio: { nodes: value(options.vfioNodes ?? []), allowUnsafeInterrupts: value(false), noIommuMode: value(false), driverPresent: value(true) },
    uses: options.uses ?? [],
    guests: options.guests === "?" ? unreadable("permission denied") : value(options.guests ?? []),
    appArmor: appArmor(options.appArmor),
    bootBinding: binding === undefined ? absent : value(binding.trimEnd()),
    nova: {
      computeCommandLine: absent, files: new Map(Object.entries(options.nova?.files ?? {})), unreadableFiles: new Map(Object.entries(options.nova?.unreadableFiles ?? {})),
      services: (options.nova?.services ?? []).map((service) => ({ program: service.name, args: [], environment: new Map(), ...service })),
      installed: options.nova?.installed ?? [], managers: options.nova?.managers ?? [],
    },
    ...(options.quarantine === undefined ? {} : { novaQuarantine: value(options.quarantine.join("\n")) }),
    virtualFunctions: {
      systemd: options.virtual?.systemd ?? true, sriovManage: options.virtual?.sriovManage ?? false, vfioEnablesSriov: value(options.virtual?.vfioEnablesSriov ?? false),
      atBoot: options.virtual?.atBoot === undefined ? absent : value(options.virtual.atBoot),
    },
    journal: {
      ...(options.virtual?.atBoot === undefined ? {} : { namedForUs: [VIRTUAL_CONF_PATH] }),
      ...(options.journalVirtual === undefined ? {} : { virtual: options.journalVirtual }),
      present: journalFiles.length > 0, lock: absent, files: journalFiles, devices: options.journalDevices ?? [], transactions: (options.interrupted ?? []).map((owner, at) => ({ id: `t${at}`, owner, state: "interrupted", says: "" })),
      trial: options.trial === undefined ? absent : value({
        state: options.trial.state ?? "staged", arguments: parseCommandLine(options.trial.arguments),
        of: options.trial.of ?? ["arguments"], bootId: options.trial.bootId ?? "boot-1",
      }),
    },
  };
}

function appArmor(options: AppArmorOptions | undefined): HostFacts["appArmor"] {
  const { texts = {}, packaged = {}, enabled = true, profiles = { libvirtd: "enforce" } } = options ?? {};
  const nothing = options === undefined;
  return {
    enabled: nothing ? absent : enabled === "?" ? unreadable("permission denied") : value(enabled),
    profiles: nothing ? absent : profiles === "?" ? unreadable("permission denied") : value(new Map(Object.entries(profiles))),
    libvirt: {
      securityDrivers: options?.drivers === undefined ? absent : value(options.drivers), selinux: options?.selinux === undefined ? absent : value(options.selinux),
      elsewhere: options?.elsewhere ?? null, disabled: options?.disabled ?? [], parser: options?.parser ?? !nothing,
      texts: new Map(Object.entries(texts).map(([path, of]) => [path, text(of)])),
      hashes: new Map(Object.entries(texts).map(([path, of]) => [`/etc/apparmor.d/${path}`, sha256(`${of}\n`)])),
      packaged: Object.entries(packaged).map(([path, shipped]) => {
        const now = texts[path.replace("/etc/apparmor.d/", "")];
        return { path, package: "libvirt-daemon-system", version: "9.0.0-4", asShipped: now === undefined ? absent : value(now === shipped), shipped: shipped === null ? absent : value(shipped) };
      }),
      leftovers: options?.leftovers ?? [],
    },
  };
}

/** A file as it is right after we wrote it where there was none. */
export function ourFile(path: string, owner: string, text: string): JournalledFile {
  return { path, owner, before: "absent", written: sha256(text), now: sha256(text) };
}

function pciDevice(options: DeviceOptions): PciDevice {
  const [vendor = "?", device = "?", subVendor = "0000", subDevice = "0000"] = options.ids.split(":");
  const given = (of: string | undefined): Reading<string> => (of === undefined ? absent : value(of));
  return {
    address: options.address, vendor: text(vendor), device: text(device), subsystemVendor: text(subVendor), subsystemDevice: text(subDevice),
    class: value(options.class ?? "030000"), revision: value("00"), driver: given(options.driver), driverOverride: given(options.override),
    iommuGroup: options.group === undefined ? absent : value(options.group), modalias: given(options.modalias), numaNode: value(0),
    bootVga: options.bootVga === undefined ? absent : value(options.bootVga), enabled: value(true), powerState: value("D0"), resetMethods: value(options.resets ?? ["flr", "bus"]), resettable: value((options.resets ?? ["flr"]).length > 0),
    totalVfs: options.totalVfs === undefined ? absent : value(options.totalVfs), numVfs: options.numVfs === undefined && options.totalVfs === undefined ? absent : value(options.numVfs ?? 0), physicalFunction: given(options.physical), ...virtualParts(options),
    link: { currentSpeed: absent, currentWidth: absent, maxSpeed: absent, maxWidth: absent }, upstream: options.upstream ?? [],
    config: value({
      readBytes: 4096, headerType: value(options.headerType ?? ((options.class ?? "").startsWith("0604") ? 1 : 0)), multifunction: value(false), allOnes: false,
      pcieType: value(0), flr: value(true), acs: absent, ats: absent, sriov: absent,
    }),
  };
}

function virtualParts({ totalVfs, sriov = {}, ari, vgpu, vfioDevice, lastBus }: DeviceOptions): Partial<PciDevice> {
  return {
    ...(totalVfs === undefined ? {} : { sriov: { offset: value(sriov.offset ?? 4), stride: value(sriov.stride ?? 1), vfDevice: value("7410"), driversAutoprobe: value(sriov.autoprobe ?? true), functions: sriov.functions ?? [] } }),
    ...(ari === undefined ? {} : { ariEnabled: value(ari) }),
    ...(vgpu === undefined ? {} : { vgpu: { currentType: value(vgpu.type), creatableTypes: value(Object.entries(vgpu.offers ?? {}).map(([id, name]) => ({ id: Number(id), name }))) } }),
    ...(vfioDevice === undefined ? {} : { vfioDevice }),
    ...(lastBus === undefined ? {} : { buses: value({ secondary: 1, subordinate: lastBus }) }),
  };
}
