import { known } from "../../facts/reading";
import { cardFinding, forStrangers, type Rule } from "../rule";

/** With Address Translation Services on, the card may present addresses as already translated, which the IOMMU does not check again. */
export const atsEnabled: Rule = {
  card(card, _facts, policy) {
    const config = known(card.device.config);
    if (config === undefined || known(config.ats)?.enabled !== true) return [];
    const says = `ATS is on for ${card.device.address}: the card may pass translated addresses that the IOMMU does not check again.`;
    return [cardFinding("ats-enabled", forStrangers(policy), card, [], says, "Boot with pci=noats, or lower the trust level for guests that are trusted.")];
  },
};
