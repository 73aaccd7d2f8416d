import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { parseAlias, type Alias, type DeviceType } from "../../facts/nova/alias";
import { aliasKeys, releaseName, type NovaRelease } from "../../facts/nova/release";
import { isObject, parseJson } from "../../facts/nova/deviceSpec";
import { nearest } from "../../facts/nearest";
import { known } from "../../facts/reading";
import { rejected, type NovaJudgement } from "./judgement";

/** What else the configuration says, where an alias depends on it. */
export interface AliasContext {
  /** `[filter_scheduler]pci_in_placement`. */
  readonly pciInPlacement: boolean;
  /** The aliases that Nova has read before this one. */
  readonly earlier: readonly Alias[];
}

/**
 * Judges one value of `[pci]alias`. Up to release 31 Nova looks at its aliases with the first request that needs one; from 32 on nova-api and
 * nova-compute check all of them at their start (nova/pci/request.py). `facts` is this host, for the type of the live device.
 */
export function judgeAlias(value: string, release: NovaRelease, context: AliasContext, facts?: HostFacts): NovaJudgement {
  const alias = parseAlias(value, release.major);
  const refuses = release.major >= 32 ? "refuses to start nova-api and nova-compute" : "refuses every request for an alias";
  if (typeof alias === "string") return rejected(`${releaseName(release)} ${refuses}: ${alias}${slip(value)}.`);
  const fault = repeated(alias, release, context) ?? (release.major >= 32 ? missingIds(alias, context) : undefined);
  if (fault !== undefined) return rejected(`${releaseName(release)} ${refuses}: ${fault}.`);
  const remarks = [...nameRemarks(alias), ...olderRemarks(alias, release, context), ...typeRemarks(alias, facts?.pciDevices ?? [])];
  const what = `${alias.name}: ${selection(alias)}`;
  return remarks.length === 0
    ? { verdict: "accept", why: `${releaseName(release)} takes it: ${what}.` }
    : { verdict: "warn", why: `${releaseName(release)} takes it (${what}), but ${remarks.join("; and ")}.` };
}

/** Judges all values in the order in which Nova reads them: a name that comes again must fit the first. */
export function judgeAliases(values: readonly string[], release: NovaRelease, pciInPlacement: boolean, facts?: HostFacts): NovaJudgement[] {
  const earlier: Alias[] = [];
  return values.map((value) => {
    const judgement = judgeAlias(value, release, { pciInPlacement, earlier }, facts);
    const alias = parseAlias(value, release.major);
    if (typeof alias !== "string") earlier.push(alias);
    return judgement;
  });
}

/** The key that was meant, for one that Nova refuses. */
function slip(value: string): string {
  const parsed = parseJson(value);
  if (typeof parsed === "string" || !isObject(parsed.json)) return "";
  const key = Object.keys(parsed.json).find((name) => !aliasKeys.has(name));
  const meant = key === undefined ? undefined : nearest(key.trim(), [...aliasKeys.keys()]);
  return meant === undefined ? "" : `; ${meant} is meant`;
}

/** A name that comes again is one more kind of device for the same name. Nova compares device_type without looking whether it is there. */
function repeated(alias: Alias, release: NovaRelease, context: AliasContext): string | undefined {
  const first = context.earlier.find(({ name }) => name === alias.name);
  if (first === undefined) return undefined;
  const name = JSON.stringify(alias.name);
  if (first.numaPolicy !== alias.numaPolicy) return `the alias ${name} is there before with another numa_policy (${first.numaPolicy})`;
  if (first.deviceType === undefined || alias.deviceType === undefined) return `the alias ${name} is there twice, and then both need a device_type`;
  if (first.deviceType !== alias.deviceType) return `the alias ${name} is there before with another device_type (${first.deviceType})`;
  return context.pciInPlacement && release.major >= 32 ? `the alias ${name} is there twice, which pci_in_placement does not allow: give both kinds of device one resource_class` : undefined;
}

function missingIds(alias: Alias, context: AliasContext): string | undefined {
  if (alias.vendorId !== undefined && alias.productId !== undefined) return undefined;
  if (!context.pciInPlacement) return `the alias ${JSON.stringify(alias.name)} needs both vendor_id and product_id${alias.resourceClass === undefined ? "" : ": resource_class counts only with pci_in_placement"}`;
  return alias.resourceClass === undefined ? `the alias ${JSON.stringify(alias.name)} needs vendor_id and product_id, or resource_class` : undefined;
}

/** Flavors ask for "NAME:COUNT,NAME:COUNT". */
function nameRemarks(alias: Alias): string[] {
  if (alias.name === "") return ["its name is nothing but blanks, so no flavor can ask for it"];
  return /[:,]/.test(alias.name) ? [`no flavor can ask for it: ":" and "," mean something else in pci_passthrough:alias`] : [];
}

function olderRemarks(alias: Alias, release: NovaRelease, context: AliasContext): string[] {
  const again = context.pciInPlacement && context.earlier.some(({ name }) => name === alias.name);
  const bare = release.major < 32 && missingIds(alias, context) !== undefined;
  return [
    ...(bare ? ["it lacks vendor_id, product_id or both: it takes any device that the rest fits, and Nova 32 refuses to start with it"] : []),
    ...(again ? ["the name is there twice, and requests for it fail while pci_in_placement is on"] : []),
    ...(alias.traits !== undefined && alias.resourceClass === undefined && alias.vendorId === undefined ? ["traits alone select nothing"] : []),
  ];
}

/** How libvirt, and so Nova, reports a function: one that can have virtual functions is a PF, even while it has none. */
export function deviceTypeOf(device: PciDevice): DeviceType | undefined {
  if (device.physicalFunction.kind === "value") return "type-VF";
  const total = known(device.totalVfs);
  if (total !== undefined) return total > 0 ? "type-PF" : "type-PCI";
  return device.totalVfs.kind === "absent" ? "type-PCI" : undefined;
}

/** An alias of the wrong type finds no device, and the API says only that there is no valid host. */
export function typeRemarks(alias: Alias, devices: readonly PciDevice[]): string[] {
  if (alias.vendorId === undefined || alias.productId === undefined) return [];
  const [vendor, product] = [alias.vendorId.toLowerCase(), alias.productId.toLowerCase()];
  const live = devices.filter((device) => known(device.vendor) === vendor && known(device.device) === product);
  const types = live.map(deviceTypeOf);
  const asked = alias.deviceType ?? "type-PCI";
  if (live.length === 0 || types.includes(undefined) || types.includes(asked)) return [];
  const given = alias.deviceType === undefined ? "device_type is left out, which means type-PCI," : `device_type is ${alias.deviceType},`;
  const are = [...new Set(types)].map((type) => {
    const of = live.filter((_, at) => types[at] === type).map(({ address }) => address);
    return `${of.join(", ")} ${of.length > 1 ? "are" : "is"} ${type}`;
  });
  return [`${given} and ${are.join(" and ")} here: no server will get it${types.includes("type-PF") ? ". A card that can have virtual functions is type-PF, also while it has none" : ""}`];
}

function selection(alias: Alias): string {
  const ids = alias.vendorId === undefined && alias.productId === undefined ? undefined : `${alias.vendorId ?? "any"}:${alias.productId ?? "any"}`;
  return [ids ?? "any device", alias.deviceType ?? "type-PCI by default", alias.resourceClass === undefined ? undefined : `of class ${alias.resourceClass}`].filter((part) => part !== undefined).join(", ");
}
