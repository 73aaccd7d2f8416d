import type { HostFacts, MdevFacts, MdevParent, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Card } from "../card";
import type { KnownDevice, KnownDevices } from "../deviceKnowledge";
import { kernelAtLeast } from "../kernelRelease";
import { knownDevice } from "../knownDevices";
import { functionsOf } from "./functions";
import { modeOf, type Ground, type ModeReport } from "./mode";
import { capable } from "./sriov";
import { driverOf, hasVgpuHostDriver, vgpuHostDriver, vgpuModel } from "./sriovDriver";

/** Mediated devices to guests: what /sys/class/mdev_bus offers for the card, else what its vendor's driver could. */
export function mdev(card: Card, facts: HostFacts, ofPolicy: KnownDevices | undefined): ModeReport {
  const read = facts.mdev;
  if (read === undefined || read.parents.kind === "unreadable") return modeOf("mdev", [["unknown", "what offers mediated devices was not read"]]);
  const own = parentsOf(card.device, facts, known(read.parents) ?? []);
  return modeOf("mdev", own.length > 0 ? offered(own) : notOffered(card, facts, read, knownDevice(card.device, ofPolicy)));
}

/** The card itself, or its virtual functions: NVIDIA from Ampere on makes them there. */
function parentsOf(device: PciDevice, facts: HostFacts, parents: readonly MdevParent[]): MdevParent[] {
  const all = [device, ...functionsOf(device, facts)];
  return parents.filter((parent) => all.some(({ address }) => address === known(parent.address)));
}

export function offered(parents: readonly MdevParent[]): Ground[] {
  const types = parents.flatMap(({ types: of }) => known(of) ?? []);
  if (types.length === 0) return parents.some(({ types: of }) => of.kind !== "value") ? [["unknown", "which types of mediated devices it has was not read"]] : [["impossible", "it offers no type of mediated device now"]];
  const free = types.filter(({ availableInstances }) => (known(availableInstances) ?? 0) > 0);
  const made = types.flatMap(({ devices }) => known(devices) ?? []);
  const names = [...new Set((free.length > 0 ? free : types).map(({ id }) => id))];
  const shown: Ground = ["evidence", `types ${names.slice(0, 4).join(", ")}${names.length > 4 ? ` and ${names.length - 4} more` : ""} ([devices]enabled_mdev_types names those that Nova gives)`];
  if (free.length > 0 || made.length > 0) return [shown, ...(made.length > 0 ? [["evidence", `${made.length} made`] as const] : [])];
  if (types.some(({ availableInstances }) => availableInstances.kind !== "value")) return [["unknown", "how many mediated devices are free was not read"], shown];
  return [["after", "an instance of one of its types that is free: all are 0 now"], shown];
}

function notOffered({ device, upstream }: Card, facts: HostFacts, read: MdevFacts, model: KnownDevice | undefined): Ground[] {
  if (device.physicalFunction.kind === "unreadable") return [["unknown", "whether it is a virtual function itself was not read"]];
  if (device.physicalFunction.kind === "value") return [["impossible", "nothing offers mediated devices on it"]];
  if (device.driver.kind === "unreadable") return [["unknown", "its driver was not read"]];
  const config = known(device.config);
  if (config === undefined) return [["unknown", "whether it answers was not read (config space)"]];
  if (config.allOnes) return [["impossible", "it does not answer (device-dead)"]];
  switch (known(device.vendor)) {
    case undefined: return [["unknown", "its ids were not read"]];
    case "10de": return nvidia(device, facts, model);
    case "1002": return [["impossible", "no driver of AMD makes mediated devices"]];
    case "8086": return intel(read, model, upstream.length > 0);
    default: return [["impossible", `nothing offers mediated devices on it, and none is known for this vendor (driver ${driverOf(device)})`]];
  }
}

/** Before the kernels with vendor-specific VFIO; models without virtual functions have no other way. */
function nvidia(device: PciDevice, facts: HostFacts, model: KnownDevice | undefined): Ground[] {
  const models = vgpuModel(device, model, "mdev");
  if (models.some(([kind]) => kind === "impossible")) return models;
  const newer = kernelAtLeast(facts, 6, 8);
  const byFunctions = model?.sharing?.includes("sriov") === true;
  if (byFunctions && newer === true) return [...models, ["impossible", "from kernel 6.8 or so on NVIDIA's driver makes no mediated devices of this model: see sriov"]];
  const kernel: Ground[] = byFunctions && newer === undefined ? [["unknown", "the kernel's release was not read"]] : [];
  const offering = byFunctions ? [capable(device, model), ...functionsOn(device, facts)] : itself(device, facts);
  return [...models, ...vgpuHostDriver(device, facts), ...offering, ...kernel];
}

/** It has no functions that could offer anything in its place, and does not offer anything. */
function itself(device: PciDevice, facts: HostFacts): Ground[] {
  return hasVgpuHostDriver(device, facts) ? [["after", "NVIDIA's vGPU manager at work on it: it offers no mediated devices now"]] : [];
}

/** None of them offers anything: they are not there yet, or have types of their own. */
function functionsOn(device: PciDevice, facts: HostFacts): Ground[] {
  if (device.numVfs.kind !== "value") return [["unknown", "how many virtual functions are on was not read"]];
  if (device.numVfs.value === 0) return [["after", "virtual functions on (sriov-manage -e, at every boot)"]];
  const typed = functionsOf(device, facts).some(({ vgpu }) => vgpu !== undefined);
  return typed ? [["impossible", "its virtual functions take a type each instead: see sriov"]] : [["unknown", "its virtual functions are on and offer no mediated devices: whether NVIDIA's vGPU manager runs is not known"]];
}

/** GVT-g: integrated graphics from Broadwell to Comet Lake (drivers/gpu/drm/i915/intel_gvt.c). */
function intel(read: MdevFacts, model: KnownDevice | undefined, isCard: boolean): Ground[] {
  if (isCard || model !== undefined) return [["impossible", "GVT-g is for integrated graphics only (Broadwell to Comet Lake)"]];
  const gvt = known(read.gvt);
  if (gvt === undefined) return [["unknown", "whether i915 has GVT-g was not read"]];
  return [["unknown", `GVT-g needs a processor from Broadwell to Comet Lake, which is not told from here, and ${gvt ? "" : "i915.enable_gvt=1 with "}the module kvmgt`]];
}
