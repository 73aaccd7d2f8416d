import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";

/** A card as a person names it: where it is, and what must be found there. */
export interface NamedCard {
  readonly address: string;
  /** "vendor:device" or "vendor:device:subvendor:subdevice", lower-case hex. */
  readonly id: string;
}

/** Both forms that ids are compared in; "????" for a part that could not be read. */
export function idsOf(device: PciDevice): { readonly short: string; readonly full: string } {
  const [vendor, product, subVendor, subDevice] = [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice].map((part) => known(part) ?? "????");
  return { short: `${vendor}:${product}`, full: `${vendor}:${product}:${subVendor}:${subDevice}` };
}

export function deviceAt(facts: HostFacts, address: string): PciDevice | undefined {
  return facts.pciDevices.find((device) => device.address === address);
}

/** Refusals when another card than the named one, or none, is at the address: bus numbers move when cards are added or firmware is changed. */
export function cardFindings(facts: HostFacts, card: NamedCard): Finding[] {
  const device = deviceAt(facts, card.address);
  const elsewhere = facts.pciDevices.filter((each) => each.address !== card.address && matchesIds(each, card.id)).map((each) => each.address);
  const hint = elsewhere.length > 0 ? ` A card of these ids is at ${elsewhere.join(", ")}.` : "";
  if (device === undefined) {
    return [{
      rule: "device-absent", severity: "refuse", addresses: [card.address],
      says: `There is no PCI function at ${card.address}, where ${card.id} was expected.${hint}`, remedy: "Correct the address, or put the card back into that slot.",
    }];
  }
  if (matchesIds(device, card.id)) return [];
  const found = card.id.split(":").length > 2 ? idsOf(device).full : idsOf(device).short;
  return [{
    rule: "ids-mismatch", severity: "refuse", addresses: [card.address],
    says: `At ${card.address} is ${found}, not ${card.id} as reviewed.${hint}`, remedy: "Correct the address or the ids; nothing is done to a card that nobody reviewed.",
  }];
}

/** `id` in either form. */
export function matchesIds(device: PciDevice, id: string): boolean {
  const { short, full } = idsOf(device);
  return id === short || id === full;
}
