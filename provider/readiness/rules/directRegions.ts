import { known } from "../../facts/reading";
import { cardFinding, type Rule } from "../rule";

/** The kernel refuses to assign a device whose firmware asks for a fixed mapping (drivers/iommu/iommu.c); relaxable ones are fine. */
export const directRegions: Rule = {
  card(card) {
    const direct = card.group === undefined ? [] : (known(card.group.reservedRegions) ?? []).filter((region) => region.type === "direct");
    if (direct.length === 0) return [];
    const says = `The firmware reserves memory for a member of the group of ${card.device.address} (${direct.map((region) => `${region.start}-${region.end}`).join(", ")}, direct): the kernel refuses to give the group to a guest.`;
    return [cardFinding("direct-reserved-region", "refuse", card, [], says, "Ask the platform's vendor for firmware without this reservation (RMRR or IVMD), or use another slot.")];
  },
};
