import { mkdirSync, mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { hostFacts } from "../../provider/facts/assemble";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { absent } from "../../provider/facts/reading";
import { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { recordingEntries } from "../../provider/host/record";

export interface FunctionOptions {
  /** "10de:20b5". */
  readonly ids?: string;
  readonly class?: string;
  readonly above?: readonly string[];
  readonly driver?: string;
  readonly group?: number;
  /** Text of reset_method; null: no such attribute. */
  readonly reset?: string | null;
  readonly config?: Uint8Array | null;
  readonly attributes?: Readonly<Record<string, string>>;
}

/** Adds a PCI function where the kernel would have it. */
export function addFunction(tree: TreeSnapshot, address: string, options: FunctionOptions = {}): TreeSnapshot {
  const { ids = "10de:20b5", above = [], reset = "flr bus" } = options;
  const path = `/sys/bus/pci/devices/${address}`;
  const [vendor, device] = ids.split(":");
  const bus = `pci${(above[0] ?? address).slice(0, 7)}`;
  tree.addLink(path, `../../../devices/${[bus, ...above, address].join("/")}`).addDirectory(path);
  const attributes: Record<string, string> = { vendor: `0x${vendor}`, device: `0x${device}`, class: `0x${options.class ?? "030200"}`, revision: "0xa1", subsystem_vendor: "0x10de", subsystem_device: "0x1533", enable: "1", ...options.attributes };
  for (const [name, text] of Object.entries(attributes)) tree.addText(`${path}/${name}`, text);
  if (reset !== null) tree.addText(`${path}/reset_method`, reset).addPath(`${path}/reset`);
  if (options.driver !== undefined) tree.addLink(`${path}/driver`, `../../../bus/pci/drivers/${options.driver}`).addPath(`/sys/bus/pci/drivers/${options.driver}`);
  if (options.group !== undefined) {
    const group = `/sys/kernel/iommu_groups/${options.group}`;
    tree.addLink(`${path}/iommu_group`, `../../../kernel/iommu_groups/${options.group}`).addPath(`${group}/devices/${address}`);
    tree.addText(`${group}/type`, "DMA-FQ");
    if (!tree.texts.has(`${group}/reserved_regions`)) tree.addText(`${group}/reserved_regions`, "0x00000000fee00000 0x00000000feefffff msi");
  }
  if (options.config !== null) tree.addBytes(`${path}/config`, options.config ?? configSpace({}));
  return tree;
}

export interface ConfigOptions {
  readonly pcieType?: number;
  readonly headerType?: number;
  readonly flr?: boolean;
  readonly acs?: { readonly capability: number; readonly control: number; readonly wide?: number };
  readonly ats?: boolean;
  readonly sriov?: { readonly enabled: boolean; readonly total: number; readonly vfs: number };
  readonly serial?: boolean;
  /** Of a bridge: primary, secondary, subordinate. */
  readonly buses?: readonly number[];
  readonly length?: number;
}

/** A config space with a PCIe capability and the extended ones that were asked for. */
export function configSpace(options: ConfigOptions): Uint8Array {
  const bytes = Buffer.alloc(4096);
  bytes.writeUInt16LE(0x10de, 0);
  bytes.writeUInt16LE(0x10, 6);
  bytes[0x0e] = options.headerType ?? 0;
  options.buses?.forEach((bus, index) => (bytes[0x18 + index] = bus));
  bytes[0x34] = 0x60;
  bytes[0x60] = 0x10;
  bytes.writeUInt16LE(2 | ((options.pcieType ?? 0) << 4), 0x62);
  bytes.writeUInt32LE(options.flr === false ? 0 : 0x10000000, 0x64);
  const extended: [number, (at: number) => void][] = [];
  if (options.acs !== undefined) extended.push([0x0d, (at) => (bytes.writeUInt16LE(options.acs?.capability ?? 0, at + 4), bytes.writeUInt16LE(options.acs?.control ?? 0, at + 6), void bytes.writeUInt16LE(options.acs?.wide ?? 0, at + 8))]);
  if (options.ats !== undefined) extended.push([0x0f, (at) => void bytes.writeUInt16LE(options.ats === true ? 0x8000 : 0, at + 6)]);
  if (options.sriov !== undefined) extended.push([0x10, (at) => (bytes.writeUInt16LE(options.sriov?.enabled === true ? 1 : 0, at + 8), bytes.writeUInt16LE(options.sriov?.total ?? 0, at + 14), void bytes.writeUInt16LE(options.sriov?.vfs ?? 0, at + 16))]);
  if (options.serial === true) extended.push([0x03, (at) => void bytes.write("deadbeefcafef00d", at + 4, "hex")]);
  extended.forEach(([id, write], index) => {
    const at = 0x100 + index * 0x40;
    const next = index + 1 < extended.length ? at + 0x40 : 0;
    bytes.writeUInt32LE((id | 0x10000 | (next << 20)) >>> 0, at);
    write(at);
  });
  return Uint8Array.from(bytes.subarray(0, options.length ?? 4096));
}

/** A host with an Intel IOMMU at work, everything read as root, and no PCI function yet. */
export function aHost(): TreeSnapshot {
  return new TreeSnapshot()
    .addText("/proc/cmdline", "BOOT_IMAGE=/boot/vmlinuz-6.1.0-30-amd64 root=/dev/sda1 ro intel_iommu=on")
    .addText("/proc/sys/kernel/osrelease", "6.1.0-30-amd64")
    .addText("/proc/sys/kernel/hostname", "gpu-node-7")
    .addText("/etc/os-release", 'ID=debian\nVERSION_ID="12"\nPRETTY_NAME="Debian GNU/Linux 12 (bookworm)"')
    .addText("/proc/cpuinfo", "vendor_id\t: GenuineIntel")
    .addDirectory("/sys/class/iommu")
    .addPath("/sys/class/iommu/dmar0")
    .addPath("/sys/firmware/acpi/tables/DMAR")
    .addDirectory("/dev/vfio")
    .addPath("/dev/vfio/vfio")
    .addAnswer("interrupt-chips", "IR-IO-APIC\nIR-PCI-MSI")
    .addAnswer("architecture", "x86_64")
    .addAnswer("user-id", "0")
    .addAnswer("guests", "")
    .addText("/proc/self/mountinfo", "")
    .addText("/proc/swaps", "Filename Type Size Used Priority")
    .addDirectory("/sys/class/block")
    .addDirectory("/sys/class/net")
    .addAnswer("addressed-interfaces", "")
    .addAnswer("default-route-interfaces", "");
}

export const port = "0000:64:00.0";
export const gpu = "0000:65:00.0";
export const audio = "0000:65:00.1";
/** Source validation, request and completion redirect, upstream forwarding: on. */
export const isolating = configSpace({ pcieType: 4, headerType: 1, acs: { capability: 0x1d, control: 0x1d } });

/** A clean card with its audio function, alone in its group behind an isolating root port, on its host drivers. */
export function aCard(options: { readonly driver?: string; readonly companion?: string; readonly gpu?: FunctionOptions; readonly audio?: FunctionOptions } = {}): TreeSnapshot {
  const tree = aHost();
  addFunction(tree, port, { ids: "8086:2030", class: "060400", driver: "pcieport", group: 11, reset: "pm", config: isolating });
  addFunction(tree, gpu, { above: [port], group: 12, driver: options.driver ?? "nvidia", ...options.gpu });
  addFunction(tree, audio, { ids: "10de:22ba", class: "040300", above: [port], group: 12, driver: options.companion ?? "snd_hda_intel", ...options.audio });
  return tree;
}

export function factsOf(tree: TreeSnapshot): HostFacts {
  return hostFacts(tree, absent);
}

/** Writes a tree to a new folder, as a recording would have it. */
export function writeTree(tree: TreeSnapshot): string {
  const root = mkdtempSync(join(tmpdir(), "gpuhost-tree-"));
  for (const entry of recordingEntries(tree)) {
    const path = join(root, entry.path);
    mkdirSync(entry.kind === "directory" ? path : dirname(path), { recursive: true });
    if (entry.kind === "file") writeFileSync(path, entry.bytes);
    if (entry.kind === "link") symlinkSync(entry.target, path);
  }
  return root;
}
