import type { PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { knownDevice } from "../knownDevices";
import { cardFinding, type Rule } from "../rule";

/**
 * A function that the model comes with and the kernel does not show is still in the card: firmware hides it, or somebody removed it in sysfs. It comes back
 * with a reset, a resume or a rescan (drivers/pci/quirks.c, quirk_nvidia_hda), on a driver of the host, and the card is then no longer alone on its bus.
 * Compute cards (class 0302) leave out what belongs to a display, so of them it is said only.
 */
export const companionMissing: Rule = {
  card(card, _facts, policy) {
    const model = knownDevice(card.device, policy.reviewed?.devices);
    if (card.device.physicalFunction.kind === "value" || !card.companions.every(hasIds)) return [];
    const there = new Set(card.companions.map((companion) => `${known(companion.vendor)}:${known(companion.device)}`));
    const missing = (model?.companions ?? []).filter((ids) => !there.has(ids.split(":").slice(0, 2).join(":")));
    if (missing.length === 0) return [];
    const severity = (known(card.device.class) ?? "").startsWith("0300") ? "warn" : "note";
    const says = `${model?.name ?? "The model"} comes with ${missing.join(", ")}, which is not in the slot of ${card.device.address}: hidden or removed, it can come back with a reset, a resume or a rescan, on a driver of the host.`;
    return [cardFinding("companion-missing", severity, card, [], says, "Find out why it is missing (firmware, a removal in sysfs), and bind it along with the card where it shows.")];
  },
};

function hasIds({ vendor, device }: PciDevice): boolean {
  return vendor.kind === "value" && device.kind === "value";
}
