import type { HostFacts } from "../../facts/hostFacts";
import { parseAlias } from "../../facts/nova/alias";
import { exactAddress } from "../../facts/nova/address";
import { matchedDevices, matchesEverything, parseDeviceSpec, type DeviceSpec } from "../../facts/nova/deviceSpec";
import type { EffectiveNovaConfiguration } from "../../facts/nova/effective";
import { releaseName, type NovaRelease } from "../../facts/nova/release";
import { known } from "../../facts/reading";
import type { Finding } from "../finding";
import { hostFinding } from "../rule";
import { typeRemarks } from "./alias";
import { isCompanion, unknownKeys } from "./deviceSpec";

/** What only all values of one service together show. */
export function valueFindings(facts: HostFacts, configuration: EffectiveNovaConfiguration, release: NovaRelease): Finding[] {
  const specs = configuration.deviceSpec.flatMap(({ value }) => {
    const parsed = parseDeviceSpec(value);
    return typeof parsed === "string" ? [] : parsed;
  });
  return [...specs.flatMap((spec) => specFindings(spec, facts, configuration, release)), ...familyFindings(specs, facts, configuration), ...aliasFindings(facts, configuration, release), ...filterFindings(configuration)];
}

function specFindings(spec: DeviceSpec, facts: HostFacts, { reportInPlacement }: EffectiveNovaConfiguration, release: NovaRelease): Finding[] {
  const text = JSON.stringify(spec.written);
  const reporting = reportInPlacement.value === true;
  const idle = ["resource_class", "traits"].filter((key) => spec.tags.has(key) && (!reporting || Boolean(spec.tags.get("physical_network"))));
  const companions = matchedDevices(spec, facts.pciDevices).filter((device) => isCompanion(device, facts.pciDevices)).map(({ address }) => address);
  const wide = spec.address !== undefined && exactAddress(spec.address) === undefined && (spec.vendorId === "*" || spec.productId === "*") && !matchesEverything(spec);
  return [
    ...unknownKeys(spec, release).map((key) => hostFinding("nova-unknown-key", "warn", `${releaseName(release)} silently ignores ${JSON.stringify(key)} of ${text}.`, "Correct the key, or take it away.")),
    ...(matchesEverything(spec) ? [hostFinding("nova-everything-exposed", "warn", `${text} matches every PCI device of the host, the host's own disks and network cards included.`, "Name one address for each card.")] : []),
    ...(wide ? [hostFinding("nova-spec-wide", "note", `${text} names no single device: what is plugged in later and fits is offered to guests as well, proven or not.`, "Name one address for each card.")] : []),
    ...(companions.length > 0 ? [hostFinding("nova-companion-exposed", "warn", `${text} offers ${companions.join(", ")} as a device of its own: a companion of a GPU goes along with its card.`, "Name the address of the card's own function only.", companions)] : []),
    ...(reporting && spec.deviceName !== undefined ? [hostFinding("nova-devname-with-placement", "warn", `${text} uses devname, and nova-compute does not start with it while [pci]report_in_placement is on.`, "Name the PCI address instead.")] : []),
    ...(idle.length > 0 ? [hostFinding("nova-key-without-effect", "warn", `${idle.join(" and ")} of ${text} ${idle.length > 1 ? "do" : "does"} nothing: ${reporting ? "devices of a physical_network are not reported to Placement" : "[pci]report_in_placement is off"}.`, reporting ? "Take the key away." : "Turn [pci]report_in_placement on, which cannot be turned off again, or take the key away.")] : []),
  ];
}

/** A physical function and its own virtual functions cannot both be devices for guests. */
function familyFindings(specs: readonly DeviceSpec[], facts: HostFacts, { reportInPlacement }: EffectiveNovaConfiguration): Finding[] {
  const matched = new Set(specs.flatMap((spec) => matchedDevices(spec, facts.pciDevices)));
  return [...matched].flatMap((device) => {
    const functions = [...matched].filter(({ physicalFunction }) => known(physicalFunction) === device.address).map(({ address }) => address);
    if (functions.length === 0) return [];
    const means = reportInPlacement.value === true ? "nova-compute does not start with that, since [pci]report_in_placement is on" : "a guest that gets the one takes the others away";
    return [hostFinding("nova-pf-with-vfs", "warn", `device_spec takes in ${device.address} and its own virtual functions ${functions.join(", ")}: ${means}.`, "Expose either the card or its virtual functions.", [device.address, ...functions])];
  });
}

function aliasFindings(facts: HostFacts, { alias, pciInPlacement }: EffectiveNovaConfiguration, release: NovaRelease): Finding[] {
  const parsed = alias.flatMap(({ value }) => {
    const of = parseAlias(value, release.major);
    return typeof of === "string" ? [] : [of];
  });
  const placement = pciInPlacement.value === true;
  const names = [...new Set(parsed.map(({ name }) => name))].filter((name) => parsed.filter((of) => of.name === name).length > 1);
  return [
    ...names.map((name) => hostFinding("nova-duplicate-alias", placement ? "warn" : "note", `The alias ${JSON.stringify(name)} is there more than once: a request for it takes a device that fits any of them${placement ? ", which pci_in_placement does not allow" : "; pci_in_placement would not allow that"}.`, "Give the devices one resource_class and ask for that, or take the others away.")),
    ...parsed.flatMap((of) => typeRemarks(of, facts.pciDevices).map((says) => hostFinding("nova-alias-device-type", "warn", `The alias ${JSON.stringify(of.name)}: ${says}.`, "Set device_type of the alias to what the device is, on every host that has the alias."))),
    ...parsed.filter((of) => (of.vendorId === undefined || of.productId === undefined) && (of.resourceClass === undefined || !placement)).map((of) => hostFinding("nova-alias-without-ids", "warn", `The alias ${JSON.stringify(of.name)} has not both vendor_id and product_id: from release 32 on nova-api and nova-compute do not start with it.`, "Add vendor_id and product_id, or with pci_in_placement a resource_class.")),
    ...(placement ? [] : parsed.filter((of) => of.resourceClass !== undefined || of.traits !== undefined).map((of) => hostFinding("nova-key-without-effect", "warn", `resource_class and traits of the alias ${JSON.stringify(of.name)} do nothing: [filter_scheduler]pci_in_placement is off.`, "Turn pci_in_placement on for API, scheduler and conductor once all computes report, or take the keys away."))),
  ];
}

/** The filter is in no default list of any release. */
function filterFindings({ service, enabledFilters }: EffectiveNovaConfiguration): Finding[] {
  if (service !== "nova-scheduler" || enabledFilters.value?.some((filter) => filter.split(".").at(-1) === "PciPassthroughFilter") === true) return [];
  const where = enabledFilters.file === undefined ? "enabled_filters is not set, and the default list has no such filter" : `enabled_filters of ${enabledFilters.file} lacks it`;
  return [hostFinding("nova-filter-missing", "warn", `nova-scheduler runs without PciPassthroughFilter (${where}): it sends servers to hosts that have no free device.`, "Add PciPassthroughFilter to [filter_scheduler]enabled_filters, after what is there: the list is replaced as a whole.")];
}
