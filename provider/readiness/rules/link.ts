import { known, type Reading } from "../../facts/reading";
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
    const { currentWidth, currentSpeed, maxWidth, maxSpeed } = card.device.link;
    const found = (says: string, remedy: string): Finding => cardFinding("link-degraded", "note", card, [slot.address], `The link of ${card.device.address} ${says}`, remedy);
    const allowed = (most: number): string => `where the card and ${slot.address} allow ${most}`;
    const narrow = below(currentWidth, maxWidth, slot.link.maxWidth);
    const slow = below(currentSpeed, maxSpeed, slot.link.maxSpeed);
    return [
      ...narrow.map(({ now, most }) => found(`has ${now} lanes ${allowed(most)}.`, "Reseat the card and its riser, and look at the slot's setting in the firmware.")),
      ...slow.map(({ now, most }) => found(`runs at ${now} GT/s ${allowed(most)}; a card that idles lowers it by itself.`, "Look again while the card is busy.")),
    ];
  },
};

/** What it has and what both ends allow, where that is more; else nothing. */
function below(current: Reading<string>, own: Reading<string>, slots: Reading<string>): { readonly now: number; readonly most: number }[] {
  const [now, most, widest] = [leadingNumber(current), Math.min(leadingNumber(own), leadingNumber(slots)), Math.max(leadingNumber(own), leadingNumber(slots))];
  // 0 and 255 are what a function without a link of its own says.
  return now > 0 && now < most && widest < 255 ? [{ now, most }] : [];
}

/** "16" and "32.0 GT/s PCIe"; NaN, which compares with nothing, for "Unknown" and what was not read. */
function leadingNumber(reading: Reading<string>): number {
  return Number.parseFloat(known(reading) ?? "");
}
