import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Card } from "../card";
import type { Finding } from "../finding";
import { isVfioDriver } from "../card";
import { cardFinding, type Rule } from "../rule";

/**
 * reset_method is made when a function is found, before the next function of its slot is (drivers/pci/pci.c, pci_init_reset_methods): a list that
 * rests on what has changed since promises a reset that fails. Nothing here ever resets anything.
 */
export const resetList: Rule = {
  card(card, facts) {
    const methods = known(card.device.resetMethods) ?? [];
    return [...busAlone(card, methods, facts), ...withoutFlr(card, methods)];
  },
};

/** "bus" works only for a function that is alone on its bus (pci_parent_bus_reset); VFIO resets the whole slot where it has all of it. */
function busAlone(card: Card, methods: readonly string[], facts: HostFacts): Finding[] {
  const first = methods.find((method) => method !== "pm");
  const others = facts.pciDevices.filter((other) => other !== card.device && busOf(other) === busOf(card.device));
  if (first !== "bus" || others.length === 0) return [];
  const kept = others.filter((other) => !isVfioDriver(known(other.driver)));
  const whole = kept.length === 0 ? "with all of them on vfio drivers VFIO resets the slot as a whole" : `VFIO resets the slot as a whole only once ${kept.map(({ address }) => address).join(", ")} is on a vfio driver too`;
  const says = `The kernel lists a bus reset for ${card.device.address}, from before it found ${others.map(({ address }) => address).join(", ")} on the same bus: the card alone cannot be reset that way, ${whole}.`;
  return [cardFinding("reset-list-stale", "note", card, kept.map(({ address }) => address), says, "Bind everything on that bus to vfio-pci, and give it to one guest.")];
}

function withoutFlr(card: Card, methods: readonly string[]): Finding[] {
  const config = known(card.device.config);
  if (!methods.includes("flr") || config === undefined || known(config.flr) !== false) return [];
  const says = `The kernel lists a function level reset for ${card.device.address}, but the card does not offer one: the list is older than what the card is now.`;
  return [cardFinding("reset-list-stale", "warn", card, [], says, "Reboot, and look whether the card's firmware was changed or a reset left it half awake.")];
}

function busOf({ address }: PciDevice): string {
  return address.slice(0, address.lastIndexOf(":"));
}
