import type { Finding, GpuReport, GrantedException } from "./finding";
import type { Lowered, PolicyException } from "./gpuPolicy";
import { hostFinding, type Policy } from "./rule";
import { rank, traitsOf } from "./ruleNames";

type Severity = Finding["severity"];
const steps: readonly Severity[] = ["note", "warn", "refuse"];

/**
 * Findings as the reviewed policy has them: severities of the trust level first, then exceptions. `card` is the address of the card that they
 * are about; without it they are about the host. `today` is "YYYY-MM-DD" in UTC; where it is not known, nothing that expires counts.
 */
export function applyPolicy(findings: readonly Finding[], policy: Policy, today: string | undefined, card?: string): Finding[] {
  if (policy.reviewed === undefined) return [...findings];
  return findings.map((finding) => excepted(weighed(finding, policy, today), policy, today, card));
}

/** Refusals of the host that do not count for this card, each as a warning of the card. */
export function hostRefusalsPassed(host: readonly Finding[], policy: Policy, today: string | undefined, card: string): Finding[] {
  const own = host.map((finding) => excepted({ ...finding, addresses: [card] }, policy, today, card));
  return own.filter(({ exceptions }) => exceptions !== undefined);
}

/** What of the host refuses this card. */
export function hostRefusals(host: readonly Finding[], gpu: Pick<GpuReport, "address" | "findings">): Finding[] {
  const passed = gpu.findings.filter(({ addresses, severity, exceptions }) => exceptions !== undefined && severity !== "refuse" && addresses.length === 1 && addresses[0] === gpu.address);
  return host.filter((finding) => finding.severity === "refuse" && !passed.some(({ rule }) => rule === finding.rule));
}

/** Exceptions that let nothing pass: nobody notices that they are there until they let something pass that nobody meant. */
export function unusedExceptions(policy: Policy, findings: readonly Finding[]): Finding[] {
  const used = new Set(findings.flatMap(({ rule, exceptions = [] }) => exceptions.map(({ address }) => `${rule} ${address}`)));
  const unused = (policy.reviewed?.exceptions ?? []).filter(({ rule, address }) => !used.has(`${rule} ${address}`));
  return unused.map(({ rule, address, owner, expires }) =>
    hostFinding("exception-unused", "note", `The exception for ${rule} of ${address} (${owner}, until ${expires}) lets nothing pass: no such refusal is there.`, "Take it out of the policy, or correct its address or rule.", [address]));
}

/** The severity that the policy gives to every finding of a rule, and why. */
function weighed(finding: Finding, policy: Policy, today: string | undefined): Finding {
  const { rule, severity } = finding;
  const traits = traitsOf(rule);
  const set = Object.entries(policy.reviewed?.severities?.[policy.trustLevel] ?? {}).find(([name]) => name === rule)?.[1];
  if (set !== undefined && rank(set) !== rank(severity)) {
    const allowed = rank(set) > rank(severity) || (traits !== undefined && traits.lowering !== "proof" && policy.trustLevel !== "multi-tenant");
    if (allowed) return { ...finding, severity: set, says: `${finding.says} By the policy for ${policy.trustLevel} this counts as "${set}", not "${severity}".` };
  }
  const lowered = policy.trustLevel === "multi-tenant" && traits?.lowering === "judgement" && rank(severity) === rank(traits.worst)
    ? policy.reviewed?.lowered?.find((each) => each.rule === rule) : undefined;
  if (lowered === undefined || severity === "note") return finding;
  const { reason, owner, expires } = lowered;
  const granted = { reason, owner, expires, counts: counts(lowered, today) };
  if (!granted.counts) return { ...finding, lowered: granted, says: `${finding.says} ${notCounting("The policy's lower severity for all hosts", lowered, today)}` };
  return { ...finding, lowered: granted, severity: steps[rank(severity) - 1] ?? severity, says: `${finding.says} On all hosts this counts less: ${grant(lowered)}.` };
}

/** A refusal passes when everything it is about is excepted by name. */
function excepted(finding: Finding, policy: Policy, today: string | undefined, card: string | undefined): Finding {
  if (finding.severity !== "refuse" || card === undefined || (traitsOf(finding.rule)?.lowering ?? "proof") === "proof") return finding;
  const others = finding.addresses.filter((address) => address !== card);
  const subjects = others.length > 0 ? others : [card];
  const found = subjects.flatMap((address) => policy.reviewed?.exceptions?.filter((each) => each.rule === finding.rule && each.address === address) ?? []);
  if (found.length === 0) return finding;
  const inForce = found.filter((each) => counts(each, today));
  const passes = subjects.every((address) => inForce.some((each) => each.address === address));
  const exceptions = found.map((each): GrantedException => ({ address: each.address, reason: each.reason, owner: each.owner, expires: each.expires, counts: passes && counts(each, today) }));
  if (passes) return { ...finding, severity: "warn", exceptions, says: `${finding.says} Let pass by exception: ${inForce.map(grant).join("; ")}.`, remedy: `Before it expires: ${finding.remedy}` };
  const lapsed = found.filter((each) => !counts(each, today));
  const why = lapsed.length > 0 ? lapsed.map((each) => notCounting("The exception", each, today)).join(" ") : `The exception names ${found.map((each) => each.address).join(", ")} and not all that this is about.`;
  return { ...finding, exceptions, says: `${finding.says} ${why}` };
}

function counts({ expires }: { readonly expires: string }, today: string | undefined): boolean {
  return today !== undefined && today <= expires;
}

function grant({ reason, owner, expires }: Lowered | PolicyException): string {
  return `${reason} (${owner}, until ${expires})`;
}

function notCounting(what: string, { reason, owner, expires }: Lowered | PolicyException, today: string | undefined): string {
  const why = today === undefined ? "does not count, since today's date is not known" : `expired on ${expires} and no longer counts`;
  return `${what} (${reason}; ${owner}) ${why}.`;
}
