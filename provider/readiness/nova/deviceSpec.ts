import { addressFields, exactAddress } from "../../facts/nova/address";
import { isObject, matchedDevices, matchesEverything, parseDeviceSpec, type DeviceSpec } from "../../facts/nova/deviceSpec";
import { pythonBoolean } from "../../facts/nova/python";
import { deviceSpecKeys, releaseName, type NovaRelease } from "../../facts/nova/release";
import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { nearest } from "../../facts/nearest";
import { slotOf } from "../../facts/pciAddress";
import { isBridge, isGpu } from "../card";
import { rejected, type NovaJudgement } from "./judgement";

/** What else the service's configuration says, where a value depends on it. */
export interface DeviceSpecContext {
  /** `[pci]report_in_placement`. */
  readonly reportInPlacement: boolean;
}

/**
 * Judges one value of `[pci]device_spec` for the release that runs: what nova-compute refuses at its start (nova/compute/manager.py init_host,
 * nova/pci/devspec.py, nova/compute/pci_placement_translator.py), and what it swallows. `facts` is this host, for what the value takes in.
 */
export function judgeDeviceSpec(value: string, release: NovaRelease, context: DeviceSpecContext, facts?: HostFacts): NovaJudgement {
  const specs = parseDeviceSpec(value);
  if (typeof specs === "string") return rejected(`${releaseName(release)} refuses to start nova-compute: ${specs}.`);
  if (specs.length === 0) return { verdict: "warn", why: "The list is empty: it exposes nothing." };
  for (const spec of specs) {
    const fault = refusal(spec, release, context);
    if (fault !== undefined) return rejected(`${releaseName(release)} refuses to start nova-compute: ${fault}.`);
  }
  const devices = facts?.pciDevices ?? [];
  const remarks = specs.flatMap((spec) => [...tagRemarks(spec, release), ...reachRemarks(spec, devices)]);
  const what = specs.map((spec) => selection(spec, devices)).join("; ");
  return remarks.length === 0
    ? { verdict: "accept", why: `${releaseName(release)} takes it: ${what}.` }
    : { verdict: "warn", why: `${releaseName(release)} takes it (${what}), but ${remarks.join("; and ")}.` };
}

function refusal(spec: DeviceSpec, release: NovaRelease, context: DeviceSpecContext): string | undefined {
  for (const tag of ["managed", "live_migratable", "one_time_use"]) {
    const of = spec.tags.get(tag);
    const since = deviceSpecKeys.get(tag) ?? 0;
    if (of !== undefined && of !== null && release.major >= since && pythonBoolean(of) === undefined) return `${tag} must be yes or no (true or false), not ${JSON.stringify(of)}`;
  }
  if (release.major >= 32 && pythonBoolean(spec.tags.get("one_time_use") ?? "no") === true && !context.reportInPlacement) {
    return "one_time_use needs [pci]report_in_placement";
  }
  if (release.major >= 26 && context.reportInPlacement && spec.deviceName !== undefined) {
    return `devname (${spec.deviceName}) cannot be used together with [pci]report_in_placement: name the address`;
  }
  return undefined;
}

/** Keys that do nothing: Nova keeps every unknown one as a tag of the device and never complains (devspec.py, get_tags). */
export function unknownKeys(spec: DeviceSpec, release: NovaRelease): string[] {
  return [...spec.tags.keys()].filter((key) => (deviceSpecKeys.get(key) ?? Infinity) > release.major);
}

function tagRemarks(spec: DeviceSpec, release: NovaRelease): string[] {
  const keys = [...spec.tags.keys()].flatMap((key) => {
    const since = deviceSpecKeys.get(key);
    if (since !== undefined) return since > release.major ? [`${key} does nothing before release ${since}`] : [];
    const meant = nearest(key.trim(), [...deviceSpecKeys.keys()]);
    return [`it knows no key ${JSON.stringify(key)} and silently ignores it${meant === undefined ? "" : `: ${meant} is meant`}`];
  });
  const address = spec.written["address"];
  const fields = isObject(address) ? Object.keys(address).filter((key) => !addressFields.some((field) => field === key)) : [];
  const remote = pythonBoolean(spec.tags.get("remote_managed") ?? "no");
  return [
    ...keys,
    ...fields.map((key) => `it ignores ${JSON.stringify(key)} of the address, whose fields are ${addressFields.join(", ")}`),
    ...(remote === undefined ? [`remote_managed ${JSON.stringify(spec.tags.get("remote_managed"))} counts as no`] : []),
    ...(remote === true && spec.deviceName !== undefined ? [`nova-compute does not start while there is no interface ${spec.deviceName}`] : []),
    ...["resource_class", "traits"].filter((key) => spec.tags.has(key) && typeof spec.tags.get(key) !== "string").map((key) => `${key} must be a text`),
  ];
}

/** What it exposes beyond what a person means. */
function reachRemarks(spec: DeviceSpec, devices: readonly PciDevice[]): string[] {
  if (matchesEverything(spec)) return ["it matches every PCI device of the host, the host's own included"];
  const fields = Object.values(spec.address ?? {}).map(({ text }) => text);
  if ([spec.vendorId, spec.productId, ...fields].some((text) => /^-\d/.test(text))) return ["a negative number matches no device"];
  const matched = matchedDevices(spec, devices);
  const bridges = matched.filter(isBridge);
  const companions = matched.filter((device) => isCompanion(device, devices));
  return [
    ...(bridges.length > 0 ? [`it takes in ${list(bridges)}, a bridge, which no guest can have`] : []),
    ...(companions.length > 0 ? [`it takes in ${list(companions)}, a companion of a GPU: Nova would offer it as a device of its own`] : []),
  ];
}

/** Another function of a GPU's slot that is neither a GPU nor a virtual function: it goes along with the card and is no device of its own. */
export function isCompanion(device: PciDevice, devices: readonly PciDevice[]): boolean {
  return !isGpu(device) && device.physicalFunction.kind !== "value" && devices.some((gpu) => isGpu(gpu) && slotOf(gpu.address) === slotOf(device.address));
}

function list(devices: readonly PciDevice[]): string {
  return devices.map(({ address }) => address).join(", ");
}

/** "every 10de:20b5 at 0000:65:00.0". */
function selection(spec: DeviceSpec, devices: readonly PciDevice[]): string {
  if (spec.deviceName !== undefined) return `the device of the network interface ${spec.deviceName}`;
  const ids = spec.vendorId === "*" && spec.productId === "*" ? "PCI function" : `${spec.vendorId}:${spec.productId}`;
  const address = spec.address;
  const exact = address === undefined ? undefined : exactAddress(address);
  const where = address === undefined || Object.values(address).every(({ kind }) => kind === "any") ? "" : ` at ${exact ?? `${address.domain.text}:${address.bus.text}:${address.slot.text}.${address.function.text}`}`;
  const matched = matchedDevices(spec, devices);
  const here = devices.length === 0 ? "" : matched.length === 0 ? ", none on this host now" : `, here ${list(matched)}`;
  return `${exact === undefined ? "every" : "the"} ${ids}${where}${here}`;
}
