import { known } from "../../facts/reading";
import { described, leavesGroupViable } from "../card";
import { kernelAtLeast } from "../kernelRelease";
import { cardFinding, type Rule } from "../rule";

/** A bridge in the group may stay on pcieport or without driver; any other driver owns DMA (drivers/pci/pci-driver.c, since 5.19). */
export const bridges: Rule = {
  card(card, facts) {
    return card.bridges
      .filter((bridge) => !leavesGroupViable(known(bridge.driver)))
      .map((bridge) => {
        const says = `The bridge ${described(bridge)} is in the card's group on a driver that keeps the group from a guest.`;
        const severity = kernelAtLeast(facts, 5, 19) === true ? "refuse" : "warn";
        return cardFinding("bridge-on-host-driver", severity, card, [bridge.address], says, `Keep the module ${known(bridge.driver) ?? ""} from loading, so that the bridge stays on pcieport.`);
      });
  },
};
