import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { isVfioDriver, type Card } from "../card";
import type { KnownDevices } from "../deviceKnowledge";
import type { Finding, GpuReport } from "../finding";
import type { Report } from "../judge";
import { knownDevice } from "../knownDevices";
import { hostRefusals } from "../policy";
import { modeOf, type Ground, type ModeReport } from "./mode";
import { typesOf } from "./vgpuTypes";

/** The whole card to one guest: what the verdict says of it, and the vfio driver that its model needs. */
export function passthrough(card: Card, gpu: GpuReport, facts: HostFacts, report: Report, ofPolicy: KnownDevices | undefined): ModeReport {
  const model = knownDevice(card.device, ofPolicy);
  const excluded: readonly Ground[] = model?.sharing !== undefined && !model.sharing.includes("passthrough") ? [["impossible", "what is known of the model leaves passthrough out"]] : [];
  return modeOf("passthrough", [...excluded, ...ofVerdict(gpu, report), ...ofDriver(card, facts, model?.variantDriver), ...ofMediated(card, facts), ["evidence", `verdict ${gpu.verdict}`], ...typeForNova(card, facts)]);
}

/** The rules that refuse a card, those of the host among them. */
export function refusing(gpu: GpuReport, report: Report): string[] {
  const own = gpu.findings.filter(({ severity }) => severity === "refuse");
  return rulesOf([...hostRefusals(report.findings, gpu), ...own]);
}

/** Names of the rules, each once. */
export function rulesOf(findings: readonly Finding[]): string[] {
  return [...new Set(findings.map(({ rule }) => rule))].sort();
}

/** Not all that its verdict needs was read, and what was not may hide a refusal. */
export function isUnproven({ findings }: GpuReport): boolean {
  return findings.some(({ rule }) => rule === "not-read");
}

/** Refusals that something one does on the host takes away, and what it is; all others are for the card's owner, or nobody, to change. */
const afterwards: ReadonlyMap<string, string> = new Map([
  ["iommu-inactive", "the IOMMU on in the kernel (an argument, and a boot)"],
  ["iommu-firmware-off", "the IOMMU on in the firmware's settings"],
  ["noiommu-mode", "VFIO's no-IOMMU mode off"],
  ["unsafe-interrupts", "interrupt remapping on, and unsafe interrupts not allowed"],
  ["acs-override", "a boot without pcie_acs_override"],
  ["acs-redirect-disabled", "a boot without disable_acs_redir and config_acs"],
  ["ats-enabled", "ATS off (pci=noats, and a boot)"],
  ["vfs-enabled", "its virtual functions off"],
  ["bridge-on-host-driver", "the bridge of its group on pcieport"],
  ["bystander-in-group", "the whole group for one guest, each member accepted by name, or another slot"],
  ["second-gpu-in-group", "the whole group for one guest, each member accepted by name, or another slot"],
  ["vfio-node-missing", "a node for its group in /dev/vfio"],
]);

/** What something is refused for, as grounds: for good, or what does away with it. */
export function refusals(rules: readonly string[]): Ground[] {
  if (rules.some((rule) => !afterwards.has(rule))) return [["impossible", `refused: ${rules.join(", ")}`]];
  return rules.map((rule) => ["after", afterwards.get(rule) ?? rule]);
}

function ofVerdict(gpu: GpuReport, report: Report): Ground[] {
  const rules = refusing(gpu, report);
  if (!isUnproven(gpu)) return refusals(rules);
  return [["unknown", `${rules.length === 0 ? "" : `refused (${rules.join(", ")}), and `}not all that a verdict needs was read`]];
}

function ofDriver({ device, companions }: Card, facts: HostFacts, variant: string | undefined): Ground[] {
  const driver = known(device.driver);
  const bound = isVfioDriver(driver);
  if (device.physicalFunction.kind === "unreadable") return [["unknown", "whether it is a virtual function was not read"]];
  if (device.physicalFunction.kind === "value") return [...(device.vgpu === undefined && !bound ? [["after", "binding it to vfio-pci"] as const] : []), ...(known(device.vendor) === "10de" ? typesOf([device], facts) : [])];
  const together = companions.length === 0 ? "it" : "it and the other functions of its slot";
  if (variant === undefined) return bound && companions.every((other) => isVfioDriver(known(other.driver))) ? [] : [["after", `binding ${together} to vfio-pci`]];
  const managed: Ground = ["evidence", "Nova takes a card on a driver of its own with managed=no in device_spec, from release 31 on"];
  if (bound && driver?.replaceAll("-", "_") === variant) return [managed];
  return [["after", `binding ${together} to ${variant}, which this model needs instead of vfio-pci`], managed];
}

/** A driver that is taken off a card takes its mediated devices along, whoever has them. */
function ofMediated({ device }: Card, { mdev }: HostFacts): Ground[] {
  const parents = mdev === undefined ? [] : (known(mdev.parents) ?? []);
  const made = parents.filter(({ address }) => known(address) === device.address).flatMap(({ types }) => (known(types) ?? []).flatMap(({ devices }) => known(devices) ?? []));
  return made.length > 0 ? [["after", `its mediated devices removed (${made.length} now)`]] : [];
}

/** Nova asks libvirt, which calls a function with SR-IOV a physical function also while no virtual one is on. */
function typeForNova({ device }: Card, { nova }: HostFacts): Ground[] {
  if (nova.files.size === 0 && (nova.services ?? []).length === 0) return [];
  const total = known(device.totalVfs);
  const type = device.physicalFunction.kind === "value" ? "type-VF" : total === undefined ? undefined : total > 0 ? "type-PF" : "type-PCI";
  return type === undefined ? [] : [["evidence", `device_type of an alias: ${type}`]];
}
