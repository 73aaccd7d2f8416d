import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { parsePciAddress } from "../../facts/pciAddress";
import { virtualFunctionAt } from "../../facts/virtualFunctions";
import type { Card } from "../card";
import type { KnownDevice, KnownDevices } from "../deviceKnowledge";
import type { GpuReport } from "../finding";
import type { Report } from "../judge";
import { knownDevice } from "../knownDevices";
import { consumerCard } from "./consumerCards";
import { hostRefusals } from "../policy";
import { functionsOf } from "./functions";
import { modeOf, type Ground, type ModeReport } from "./mode";
import { isUnproven, refusals, refusing, rulesOf } from "./passthrough";
import { driverForFunctions, driverOf } from "./sriovDriver";
import { typesOf } from "./vgpuTypes";

/** Virtual functions to guests, one each. What the live host shows goes before what is known of the model. */
export function sriov(card: Card, gpu: GpuReport, facts: HostFacts, report: Report, ofPolicy: KnownDevices | undefined): ModeReport {
  const { device } = card;
  if (device.physicalFunction.kind === "value") return modeOf("sriov", [["impossible", `it is a virtual function of ${device.physicalFunction.value} itself`]]);
  const model = knownDevice(device, ofPolicy);
  const capability = capable(device, model);
  if (capability[0] === "impossible" || capability[0] === "unknown") return modeOf("sriov", [capability]);
  const on = device.numVfs;
  if (on.kind !== "value") return modeOf("sriov", [capability, ["unknown", "how many virtual functions are on was not read"]]);
  const rest = on.value > 0 ? functionsThere(device, facts, report) : functionsToCome(card, gpu, facts, report, model);
  return modeOf("sriov", [capability, ["evidence", `sriov_numvfs ${on.value}, driver ${driverOf(device)}`], ...rest]);
}

/** Whether it can have virtual functions. A driver may allow fewer than the card has, or none (drivers/pci/iov.c, pci_sriov_set_totalvfs; xe: parameter max_vfs). */
export function capable(device: PciDevice, model: KnownDevice | undefined): Ground {
  const [total, config] = [device.totalVfs, known(device.config)];
  if (device.physicalFunction.kind === "unreadable") return ["unknown", "whether it is a virtual function itself was not read"];
  if (config?.allOnes === true) return ["impossible", "it does not answer (device-dead)"];
  if (total.kind === "unreadable") return ["unknown", "how many virtual functions it may have was not read"];
  if (total.kind === "value" && total.value > 0) return config === undefined ? ["unknown", "whether it answers was not read (config space)"] : ["evidence", `sriov_totalvfs ${total.value}`];
  if (config?.sriov.kind === "absent") return ["impossible", "it shows no SR-IOV capability: the model has none, or the firmware has it off"];
  if (total.kind === "value" && config?.sriov.kind === "value") return ["after", `a driver, or a parameter of its driver, that allows virtual functions: the card has ${config.sriov.value.totalVfs}, and sriov_totalvfs is 0`];
  const consumer = consumerCard(device);
  if (model?.sharing === undefined && consumer !== undefined) return ["impossible", `a consumer card (${consumer}): its vendor has no driver that gives virtual functions of it to guests`];
  if (model?.sharing !== undefined && !model.sharing.includes("sriov")) return ["impossible", `the model (${model.name ?? "in the policy"}) has no SR-IOV for guests`];
  if (config?.sriov.kind === "value") return ["unknown", `the card has ${config.sriov.value.totalVfs} virtual functions, and there is no sriov_totalvfs: a kernel without SR-IOV, or a recording without it`];
  return ["unknown", "whether it has SR-IOV was not read: neither sriov_totalvfs nor the extended config space"];
}

/** They are on, so somebody makes them: what counts is what the host says of each. */
function functionsThere(device: PciDevice, facts: HostFacts, report: Report): Ground[] {
  const functions = functionsOf(device, facts);
  const judged = report.gpus.filter((gpu) => functions.some(({ address }) => address === gpu.address));
  if (judged.length === 0) return [["unknown", "none of its virtual functions was read as a GPU"]];
  const free = judged.filter(({ verdict }) => verdict === "ready" || verdict === "bindable");
  if (free.length === 0) {
    if (judged.some(isUnproven)) return [["unknown", "not all that a verdict on its virtual functions needs was read"]];
    return refusals([...new Set(judged.flatMap((each) => refusing(each, report)))].sort()).map(([kind, text]) => [kind, `of its virtual functions: ${text}`]);
  }
  const given = functions.filter(({ address }) => free.some((each) => each.address === address));
  return [["evidence", `${free.length} of ${functions.length} virtual functions may go to guests (device_type type-VF)`], ...(known(device.vendor) === "10de" ? typesOf(given, facts) : [])];
}

function functionsToCome(card: Card, gpu: GpuReport, facts: HostFacts, report: Report, model: KnownDevice | undefined): Ground[] {
  const { device } = card;
  const host = refusals(rulesOf(hostRefusals(report.findings, gpu)));
  const iommu: Ground[] = facts.iommu.state === "unknown" ? [["unknown", "whether an IOMMU is at work"]] : host;
  const by: Readonly<Record<string, string>> = { "10de": "sriov-manage -e, ", "1002": "by gim, " };
  const how = `virtual functions on (${by[known(device.vendor) ?? ""] ?? "sriov_numvfs, "}at every boot)`;
  return [["after", how], ...driverForFunctions(device, facts, model), ...iommu, ...busNumbers(card)];
}

/** The kernel makes no function whose bus lies beyond what the port above leads to (drivers/pci/iov.c, sriov_enable). */
function busNumbers({ device, upstream }: Card): Ground[] {
  const { sriov } = device;
  const [total, offset, stride] = sriov === undefined ? [] : [known(device.totalVfs), known(sriov.offset), known(sriov.stride)];
  const buses = upstream.at(-1)?.buses;
  const ari: Ground[] = device.ariEnabled !== undefined && known(device.ariEnabled) === false ? [["evidence", "ARI is off: functions beyond 7 take bus numbers of their own"]] : [];
  if (total === undefined || offset === undefined || stride === undefined || total === 0 || offset === 0) return ari;
  const bus = parsePciAddress(virtualFunctionAt(device.address, offset, stride, total - 1) ?? "")?.bus;
  const end = buses === undefined ? undefined : known(buses)?.subordinate;
  const own = parsePciAddress(device.address)?.bus ?? 0;
  if (bus !== undefined && (end === undefined || end < own || bus <= end)) return ari;
  return [...ari, ["after", `more bus numbers behind its port for all ${total}: fewer functions, or the firmware's SR-IOV or ARI setting`]];
}
