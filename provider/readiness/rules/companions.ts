import { known } from "../../facts/reading";
import { described, isVfioDriver, leavesGroupViable } from "../card";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/** The other functions of the card. On a host driver in the same group they keep the card from a guest; elsewhere they keep it from a bus reset. */
export const companions: Rule = {
  card(card) {
    const bound = isVfioDriver(known(card.device.driver));
    const members = new Set(card.group?.members ?? []);
    return card.companions.flatMap((companion): Finding[] => {
      const driver = known(companion.driver);
      if (isVfioDriver(driver) || companion.driver.kind === "unreadable") return [];
      if (leavesGroupViable(driver)) {
        if (!bound) return [];
        const says = `${described(companion)} belongs to the card but is not on a vfio driver: the card can be given to a guest, but a bus reset of it is not possible.`;
        return [cardFinding("companion-not-on-vfio", "warn", card, [companion.address], says, `Bind ${companion.address} to vfio-pci along with the card.`)];
      }
      const effect = !bound
        ? "it has to go to vfio-pci along with the card"
        : members.has(companion.address)
          ? "the group is not viable and a guest with the card does not start"
          : "a bus reset of the card is not possible";
      const says = `${described(companion)} belongs to the card and is on a driver of the host: ${effect}.`;
      return [cardFinding("companion-on-host-driver", bound ? "warn" : "note", card, [companion.address], says, `Bind ${companion.address} to vfio-pci along with the card.`)];
    });
  },
};
