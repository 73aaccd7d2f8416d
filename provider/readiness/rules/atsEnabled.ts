import { known } from "../../facts/reading";
import { cardFinding, forStrangers, type Rule } from "../rule";

/** With Address Translation Services on, a device may present addresses as already translated, which the IOMMU does not check again. */
export const atsEnabled: Rule = {
  card(card, _facts, policy) {
    const on = card.given.filter((device) => {
      const config = known(device.config);
      return config !== undefined && known(config.ats)?.enabled === true;
    });
    return on.map(({ address }) => {
      const says = `ATS is on for ${address}: it may pass translated addresses that the IOMMU does not check again.`;
      return cardFinding("ats-enabled", forStrangers(policy), card, [address], says, "Boot with pci=noats, or lower the trust level for guests that are trusted.");
    });
  },
};
