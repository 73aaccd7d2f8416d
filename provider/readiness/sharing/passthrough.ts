import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { isVfioDriver, type Card } from "../card";
import type { GpuReport } from "../finding";
import type { Report } from "../judge";
import { knownDevice } from "../knownDevices";
import { hostRefusals } from "../policy";
import type { Policy } from "../rule";
import { modeOf, type Ground, type ModeReport } from "./mode";

/** The whole card to one guest: what the verdict says of it, and the vfio driver that its model needs. */
export function passthrough(card: Card, gpu: GpuReport, facts: HostFacts, report: Report, policy: Policy): ModeReport {
  const model = knownDevice(card.device, policy.reviewed?.devices);
  const excluded: readonly Ground[] = model?.sharing !== undefined && !model.sharing.includes("passthrough") ? [["impossible", "what is known of the model leaves passthrough out"]] : [];
  return modeOf("passthrough", [...excluded, ...ofVerdict(gpu, report), ...ofDriver(card, gpu, model?.variantDriver), ["evidence", `verdict ${gpu.verdict}`], ...typeForNova(card, facts)]);
}

/** The rules that refuse a card, those of the host among them. */
export function refusing(gpu: GpuReport, report: Report): string[] {
  const own = gpu.findings.filter(({ severity }) => severity === "refuse");
  return [...new Set([...hostRefusals(report.findings, gpu), ...own].map(({ rule }) => rule))].sort();
}

function ofVerdict(gpu: GpuReport, report: Report): Ground[] {
  if (gpu.verdict === "refused") return [["impossible", `refused: ${refusing(gpu, report).join(", ")}`]];
  return gpu.verdict === "unknown" ? [["unknown", "not all that a verdict needs was read"]] : [];
}

function ofDriver({ device, companions }: Card, gpu: GpuReport, variant: string | undefined): Ground[] {
  const driver = known(device.driver);
  const together = companions.length === 0 ? "it" : "it and the other functions of its slot";
  if (variant === undefined) return gpu.verdict === "bindable" ? [["after", `binding ${together} to vfio-pci`]] : [];
  const managed: Ground = ["evidence", "Nova takes a card on a driver of its own with managed=no in device_spec, from release 31 on"];
  if (isVfioDriver(driver) && driver?.replaceAll("-", "_") === variant) return [managed];
  return [["after", `binding ${together} to ${variant}, which this model needs instead of vfio-pci`], managed];
}

/** Nova asks libvirt, which calls a function with SR-IOV a physical function also while no virtual one is on. */
function typeForNova({ device }: Card, { nova }: HostFacts): Ground[] {
  if (nova.files.size === 0 && (nova.services ?? []).length === 0) return [];
  const total = known(device.totalVfs);
  const type = device.physicalFunction.kind === "value" ? "type-VF" : total === undefined ? undefined : total > 0 ? "type-PF" : "type-PCI";
  return type === undefined ? [] : [["evidence", `device_type of an alias: ${type}`]];
}
