import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { cards, isGivenByVfio, leavesGroupViable, type Card } from "./card";
import type { Finding, GpuReport, Verdict } from "./finding";
import { applyPolicy, hostRefusals, hostRefusalsPassed, unusedExceptions } from "./policy";
import { notRead, notReadFinding } from "./proof";
import type { Policy } from "./rule";
import { rules } from "./rules";

export interface Report {
  readonly gpus: readonly GpuReport[];
  /** About the host as a whole; one that refuses, refuses every card. */
  readonly findings: readonly Finding[];
}

/**
 * Applies every rule to the facts of one host, and the policy to what they find. Pure: the same facts, their day among them, and policy give the same
 * report. `named`: virtual functions that are judged although they are no GPUs.
 */
export function judge(facts: HostFacts, policy: Policy = { trustLevel: "multi-tenant" }, named: readonly string[] = []): Report {
  const today = facts.readOn;
  const findings = applyPolicy(rules.flatMap((rule) => rule.host?.(facts, policy) ?? []), policy, today);
  const gpus = cards(facts, named).map((card): GpuReport => {
    const { address } = card.device;
    const missing = notRead(card, facts, policy);
    const found = [...rules.flatMap((rule) => rule.card?.(card, facts, policy) ?? []), ...notReadFinding(card, facts, missing)];
    const own = [...applyPolicy(found, policy, today, address), ...hostRefusalsPassed(findings, policy, today, address)];
    return {
      address,
      iommuGroup: card.group?.number ?? null,
      members: card.members.map((member) => member.address),
      companions: card.companions.map((companion) => companion.address),
      bystanders: card.bystanders.map((bystander) => bystander.address),
      verdict: verdict(card, [...hostRefusals(findings, { address, findings: own }), ...own], missing),
      findings: own,
    };
  });
  return { gpus, findings: [...findings, ...unusedExceptions(policy, gpus.flatMap((gpu) => gpu.findings))] };
}

/**
 * refused: something forbids it. unknown: not all that is needed was read. ready: the card and its companions are on vfio drivers and no
 * other member's driver is in the way. bindable: none of that, so binding is what is left to do.
 */
function verdict(card: Card, findings: readonly Finding[], missing: readonly string[]): Verdict {
  if (findings.some((finding) => finding.severity === "refuse")) return "refused";
  if (missing.length > 0) return "unknown";
  const bound = [card.device, ...card.companions].every(isGivenByVfio);
  return bound && card.members.every((member) => isGivenByVfio(member) || leavesGroupViable(known(member.driver))) ? "ready" : "bindable";
}
