import type { PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Card } from "../card";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/** Source validation, request and completion redirect, upstream forwarding: what the kernel turns on and counts on (drivers/pci/pci.c). */
const needed = 0x01 | 0x04 | 0x08 | 0x10;
const portTypes = new Set([4, 6]);

/**
 * Compares the ports above the card with the kernel's claim that they isolate it. A port in the card's own group claims nothing. A
 * port without the capability may be isolated by a quirk (drivers/pci/quirks.c), which the config space does not show.
 */
export const acsShown: Rule = {
  card(card) {
    return card.upstream.flatMap((port): Finding[] => finding(card, port) ?? []);
  },
};

function finding(card: Card, port: PciDevice): Finding[] | undefined {
  const config = known(port.config);
  if (config === undefined || card.group === undefined || card.members.includes(port) || !portTypes.has(known(config.pcieType) ?? -1)) return undefined;
  if (config.acs.kind === "absent") {
    const says = `The kernel counts the port ${port.address} above the card as isolating, but the port shows no ACS: it is isolated by a kernel quirk or by hardware.`;
    return [cardFinding("acs-not-shown", "note", card, [port.address], says, "Nothing to do where the platform's vendor confirms the isolation.")];
  }
  if (config.acs.kind !== "value") return undefined;
  const { capability, control } = config.acs.value;
  const missing = needed & capability & ~control;
  if (missing === 0) return undefined;
  const says = `The kernel counts the port ${port.address} above the card as isolating, but its ACS control register shows ${names(missing)} off: something changed it after the groups were formed.`;
  return [cardFinding("acs-not-shown", "warn", card, [port.address], says, "Find what changes ACS (setpci, firmware), and reboot.")];
}

function names(bits: number): string {
  const all: readonly (readonly [number, string])[] = [[0x01, "source validation"], [0x04, "request redirect"], [0x08, "completion redirect"], [0x10, "upstream forwarding"]];
  return all.filter(([bit]) => (bits & bit) !== 0).map(([, name]) => name).join(", ");
}
