import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/** Guests and processes that have the card now. They are no reason against it, but it cannot change drivers under them. */
export const inUse: Rule = {
  card(card) {
    return card.uses
      .filter((use) => use.kind === "guest" || use.kind === "process")
      .map((use): Finding => cardFinding(use.kind === "guest" ? "in-use-by-guest" : "in-use-by-process", "note", card, [use.address], `${use.address} is in use: ${use.says}.`, "Stop what uses the card before its driver changes."));
  },
};
