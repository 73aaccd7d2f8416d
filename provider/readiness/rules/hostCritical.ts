import type { DeviceUse } from "../../facts/hostFacts";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/** The host runs from something in the group, or from another function of the card: giving it away can take the host down. */
export const hostCritical: Rule = {
  card(card, _facts, policy) {
    const acknowledged = new Set(policy.acknowledgedUses ?? []);
    const critical = card.uses.filter((use) => use.critical && use.kind !== "guest");
    const byAddress = new Map<string, DeviceUse[]>();
    for (const use of critical) byAddress.set(use.address, [...(byAddress.get(use.address) ?? []), use]);
    return [...byAddress].map(([address, uses]): Finding => {
      const severity = uses.every((use) => acknowledged.has(use.reason)) ? "warn" : "refuse";
      const says = `The host needs ${address}: ${uses.map((use) => use.says).join("; ")}.`;
      const reasons = uses.map((use) => use.reason).join(", ");
      return cardFinding("host-critical-in-group", severity, card, [address], says, `Move the card to another slot or leave it to the host; to lose this on purpose, acknowledge: ${reasons}.`);
    });
  },
};
