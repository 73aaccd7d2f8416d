import type { PciDevice } from "../../facts/hostFacts";
import { known, type Reading } from "../../facts/reading";
import type { Card } from "../card";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/**
 * A link that is narrower or slower than both its ends allow (max_link_*, current_link_*; drivers/pci/pci-sysfs.c): a bad seat, riser or lane. Cards lower
 * the speed while they idle, so that a slow link alone proves nothing.
 */
export const link: Rule = {
  card(card) {
    const slot = card.upstream.at(-1);
    if (slot === undefined || known(card.device.powerState) === "D3cold") return [];
    return [...below(card, slot, "width", "lanes"), ...below(card, slot, "speed", "GT/s")];
  },
};

function below(card: Card, slot: PciDevice, what: "width" | "speed", unit: string): Finding[] {
  const of = (device: PciDevice, which: "current" | "max"): number | undefined => {
    const { currentWidth, currentSpeed, maxWidth, maxSpeed } = device.link;
    return leadingNumber(what === "width" ? (which === "max" ? maxWidth : currentWidth) : which === "max" ? maxSpeed : currentSpeed);
  };
  const [now, own, slots] = [of(card.device, "current"), of(card.device, "max"), of(slot, "max")];
  // 0 and 255 are what a function without a link of its own says.
  if (now === undefined || own === undefined || slots === undefined || now === 0 || Math.max(now, own, slots) >= 255 || now >= Math.min(own, slots)) return [];
  const possible = `${now} ${unit} where the card and ${slot.address} allow ${Math.min(own, slots)}`;
  return what === "width"
    ? [cardFinding("link-degraded", "note", card, [slot.address], `The link of ${card.device.address} has ${possible}.`, "Reseat the card and its riser, and look at the slot's setting in the firmware.")]
    : [cardFinding("link-degraded", "note", card, [slot.address], `The link of ${card.device.address} runs at ${possible}; a card that idles lowers it by itself.`, "Look again while the card is busy.")];
}

/** "16" and "32.0 GT/s PCIe"; "Unknown" is none. */
function leadingNumber(reading: Reading<string>): number | undefined {
  const text = /^\d+(\.\d+)?/.exec(known(reading) ?? "")?.[0];
  return text === undefined ? undefined : Number(text);
}
