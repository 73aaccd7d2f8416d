import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Card } from "./card";
import { cardFinding, type Policy } from "./rule";
import type { Finding } from "./finding";
import { hasNoReset } from "./rules/reset";

/** What a verdict on this card needs and nobody could read: counted as not proven. */
export function notRead(card: Card, facts: HostFacts, policy: Policy): string[] {
  const missing: string[] = [];
  const need = (wasRead: boolean, what: string): void => {
    if (!wasRead) missing.push(what);
  };
  const { device } = card;
  need(facts.iommu.state !== "unknown", "whether an IOMMU is at work");
  if (facts.iommu.state !== "inactive") {
    need(card.group !== undefined || (device.iommuGroup.kind === "absent" && facts.iommu.groupsKnown), "its IOMMU group");
    if (card.group !== undefined) need(card.group.reservedRegions.kind === "value", "the reserved regions of its group");
    need(facts.iommu.interruptRemapping !== "unknown", "interrupt remapping");
  }
  need(facts.kernelCommandLine.running.kind === "value", "the running kernel's command line");
  for (const member of new Set([device, ...card.members, ...card.companions])) {
    need(member.vendor.kind === "value" && member.device.kind === "value" && member.class.kind === "value", `the ids of ${member.address}`);
    need(member.driver.kind !== "unreadable", `the driver of ${member.address}`);
  }
  need(device.resetMethods.kind === "value" || known(device.resettable) === true || hasNoReset(device, facts), "its reset methods");
  if (policy.trustLevel === "multi-tenant") {
    for (const given of card.given) {
      const config = known(given.config);
      need(config !== undefined && (config.allOnes || config.ats.kind !== "unreadable"), `the extended config space of ${given.address} (ATS)`);
    }
    for (const port of card.upstream) {
      if (card.members.includes(port)) continue;
      const above = known(port.config);
      need(above !== undefined && above.acs.kind !== "unreadable", `the extended config space of ${port.address} (ACS)`);
    }
  }
  return missing;
}

export function notReadFinding(card: Card, facts: HostFacts, missing: readonly string[]): Finding[] {
  if (missing.length === 0) return [];
  const user = known(facts.system.userId);
  const remedy = user !== undefined && user !== 0 ? "Read the host as root." : "Read the running host as root; a recording holds only what was recorded.";
  return [cardFinding("not-read", "note", card, [], `Not proven, since it could not be read: ${missing.join(", ")}.`, remedy)];
}
