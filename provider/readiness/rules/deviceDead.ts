import { known } from "../../facts/reading";
import { cardFinding, type Rule } from "../rule";

/** All ones is what the bus reads when nothing answers, as after a reset that failed. */
export const deviceDead: Rule = {
  card(card) {
    const dead = known(card.device.vendor) === "ffff" || known(card.device.config)?.allOnes === true;
    if (!dead) return [];
    return [cardFinding("device-dead", "refuse", card, [], `${card.device.address} does not answer: its config space reads as all ones.`, "Reboot the host, or power it off and on; if it stays so, the card or the slot is broken.")];
  },
};
