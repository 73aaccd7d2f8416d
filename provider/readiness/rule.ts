import type { HostFacts } from "../facts/hostFacts";
import type { Card } from "./card";
import type { Finding, TrustLevel } from "./finding";
import type { GpuPolicy } from "./gpuPolicy";

/** What a person has decided beforehand: how much guests are trusted, and exceptions by name. */
export interface Policy {
  readonly trustLevel: TrustLevel;
  /** Addresses of foreign group members that go along with the card. */
  readonly acceptedMembers?: readonly string[];
  /** Reasons of critical uses (DeviceUse.reason) that the host may lose. */
  readonly acknowledgedUses?: readonly string[];
  /** What the policy file says of this host (policyFor). */
  readonly reviewed?: GpuPolicy | undefined;
}

/**
 * One thing that makes a card or a host unfit, or that a person should know. A finding that refuses rests on something that was read;
 * what was not read is the business of proof.ts.
 */
export interface Rule {
  card?(card: Card, facts: HostFacts, policy: Policy): readonly Finding[];
  host?(facts: HostFacts, policy: Policy): readonly Finding[];
}

type Severity = Finding["severity"];

/** Refuses for strangers, warns between projects that trust each other, is a note where all guests are one's own. */
export function forStrangers(policy: Policy): Severity {
  return ({ "multi-tenant": "refuse", "trusted-projects": "warn", "single-tenant": "note" } as const)[policy.trustLevel];
}

export function cardFinding(rule: string, severity: Severity, card: Card, addresses: readonly string[], says: string, remedy: string): Finding {
  return { rule, severity, addresses: [...new Set([card.device.address, ...addresses])].sort(), says, remedy };
}

export function hostFinding(rule: string, severity: Severity, says: string, remedy: string, addresses: readonly string[] = []): Finding {
  return { rule, severity, addresses: [...addresses].sort(), says, remedy };
}
