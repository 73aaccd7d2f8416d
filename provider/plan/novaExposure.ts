import { lacking } from "../facts/cloud/lacking";
import type { ExpectedInventory } from "../facts/cloud/lacking";
import type { ResourceProviderFacts } from "../facts/cloud/cloudFacts";
import type { HostFacts } from "../facts/hostFacts";
import { matchedDevices, parseDeviceSpec } from "../facts/nova/deviceSpec";
import { known } from "../facts/reading";
import { effectiveNovaConfiguration } from "../facts/nova/effective";
import type { CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { novaCompute } from "./novaDropIn";
import { resourceClassOf, type NamedDevice, type NovaPciDesired } from "./novaWishes";

/** Of these cards, those that some device_spec of this host already offers to guests. */
export function exposedNow(facts: HostFacts, addresses: readonly string[]): ReadonlySet<string> {
  return new Set(offeredBy(facts, addresses).keys());
}

/** Of these cards, those that a file other than ours offers, and which one. */
export function offeredBeside(facts: HostFacts, path: string, addresses: readonly string[]): ReadonlyMap<string, string> {
  return offeredBy({ ...facts, nova: { ...facts.nova, files: new Map([...facts.nova.files].filter(([file]) => file !== path)) } }, addresses);
}

/** Cards to the first file that offers each. */
function offeredBy(facts: HostFacts, addresses: readonly string[]): ReadonlyMap<string, string> {
  const service = novaCompute(facts) ?? "nova-compute";
  const { deviceSpec } = effectiveNovaConfiguration(facts.nova, service);
  const found = deviceSpec.flatMap(({ value, file }) => {
    const specs = parseDeviceSpec(value);
    return typeof specs === "string" ? [] : specs.flatMap((spec) => matchedDevices(spec, facts.pciDevices)).map(({ address }): [string, string] => [address, file]);
  });
  return new Map(found.reverse().filter(([address]) => addresses.includes(address)));
}

export function providerOf(seen: CloudSeen, address: string): ResourceProviderFacts | undefined {
  return seen.facts.providers.find((provider) => provider.pciAddress === address);
}

/** Whether Nova reports PCI devices of this host to Placement, as configured now or by this plan. */
export function reportsInPlacement(facts: HostFacts, desired: NovaPciDesired): boolean {
  const service = novaCompute(facts) ?? "nova-compute";
  return desired.reportInPlacement === true || effectiveNovaConfiguration(facts.nova, service).reportInPlacement.value === true;
}

/**
 * Virtual functions have one provider, named for their physical one, whose total is their number (nova/compute/pci_placement_translator.py; two of
 * a network card were seen so on a real Placement).
 */
function expectedInventories(cards: readonly NamedDevice[]): ExpectedInventory[] {
  const byProvider = new Map<string, ExpectedInventory & { readonly inventory: { readonly resourceClass: string; readonly total: number } }>();
  for (const { spec, device } of cards) {
    const address = known(device.physicalFunction) ?? spec.address;
    const total = (byProvider.get(address)?.inventory.total ?? 0) + 1;
    byProvider.set(address, { address, inventory: { resourceClass: resourceClassOf(spec, device), total }, ...(spec.traits === undefined ? {} : { traits: spec.traits }) });
  }
  return [...byProvider.values()];
}

/** What to wait for after a restart, and what Placement lacks without one. */
export function novaPlacement(facts: HostFacts, desired: NovaPciDesired, seen: CloudSeen, cards: readonly NamedDevice[], restart: boolean):
  { readonly steps: readonly CloudStep[]; readonly lines: Record<string, string>; readonly observed: string } {
  const reports = reportsInPlacement(facts, desired);
  const expected = expectedInventories(cards);
  const absent = reports ? lacking(seen.facts.providers, expected) : [];
  const { service, hypervisor } = { service: seen.service, hypervisor: seen.root.name };
  const up: CloudStep[] = restart ? [{ kind: "waitForComputeService", host: service.host, deadlineSeconds: desired.deadlineSeconds }] : [];
  const waitFor = reports && (restart || absent.length > 0) ? expected : [];
  const lines: Record<string, string> = {};
  if (waitFor.length > 0) {
    const what = waitFor.map(({ address, inventory }) => `${inventory?.total ?? 1} ${inventory?.resourceClass ?? ""} of ${address}`).join(", ");
    lines[`placement ${hypervisor}`] = `waits until it offers ${what}`;
  }
  return {
    steps: [...up, ...(waitFor.length > 0 ? [{ kind: "waitForInventory", hypervisor, devices: waitFor, deadlineSeconds: desired.deadlineSeconds } as const] : [])],
    lines,
    observed: absent.length === 0 ? "" : `; Placement: ${absent.join("; ")}`,
  };
}
