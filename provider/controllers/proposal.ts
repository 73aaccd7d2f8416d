import { HostUnreachableError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Plan } from "../plan/plan";
import { idle, refusals, refused } from "../plan/plan";
import type { Aspect } from "./aspect";
import { identityText } from "./identity";
import { liveDrivers, type LiveDriver } from "./liveDrivers";
import type { Carried, Lines, ProposalKind, Status } from "./record";

/** What the program proposes for one resource, every sentence whole; `verdict` is what having nothing left to do amounts to. */
export type Proposal = Omit<Carried, "gate" | "plan" | "onDelete"> & { readonly plan: Lines; readonly onDelete: Lines; readonly warnings: readonly string[]; readonly live: readonly LiveDriver[]; readonly verdict?: Status };

/** Lines of a plan that is refused: each finding, what was found and what a person can do. */
export function refusalLines(plan: Plan): Lines {
  const lines: Record<string, string> = {};
  for (const { addresses, rule, says, remedy } of refusals(plan)) {
    const target = addresses.length > 0 ? `device ${addresses.join(", ")}` : "host";
    const sentence = `refused (${rule}): ${says} ${remedy}`;
    lines[target] = target in lines ? `${lines[target]} ${sentence}` : sentence;
  }
  return lines;
}

/** What stays refused while the quarantine passes. It does nothing, so it is shown and not compared with a later plan. */
export function beside(plan: Plan): Lines {
  return Object.fromEntries(Object.entries(refusalLines(plan)).map(([target, says]) => [`all else, ${target}`, says]));
}

export const sentences = (lines: Lines): string => Object.entries(lines).map(([target, says]) => `${target}: ${says}`).join("; ");

/** What is to be done on a host that was read. */
export function propose<D>(aspect: Aspect<D>, facts: HostFacts, desired: D): Proposal {
  const plan = aspect.plan(facts, desired);
  const warnings = [
    ...(plan.passes === undefined ? [] : refusals(plan).map(({ rule, says, remedy }) => `refused, and stays as it is (${rule}): ${says} ${remedy}`)),
    ...plan.findings.filter((finding) => finding.severity === "warn").map(({ rule, says, remedy }) => `${rule}: ${says} ${remedy}`),
  ];
  const found = { observed: plan.observed, identity: identityText(facts.identity), warnings, live: liveDrivers(plan.steps) };
  if (refused(plan)) return { proposal: "refused", plan: refusalLines(plan), ...found, onDelete: {}, live: [] };
  if (idle(plan)) return { proposal: plan.later === undefined ? "converged" : "planned", plan: { ...plan.lines, ...plan.later }, ...found, onDelete: onDelete(aspect, facts, desired), verdict: aspect.status?.(plan) ?? "applied" };
  const back = aspect.leavesNothing?.(desired) === true ? leavesNothing : { host: "puts back what `plan` changes; never reboots" };
  return { proposal: "planned", plan: { ...plan.lines, ...plan.later, ...beside(plan) }, ...found, onDelete: back };
}

const leavesNothing: Lines = { host: "nothing: this leaves nothing on the host" };

/** What a delete does on a host that is as wanted. */
export function onDelete<D>(aspect: Aspect<D>, facts: HostFacts, desired: D): Lines {
  if (aspect.leavesNothing?.(desired) === true) return leavesNothing;
  const { lines } = aspect.undo(facts, desired);
  return Object.keys(lines).length > 0 ? lines : { host: "nothing: nothing of this resource is on the host" };
}

/** A proposal to do nothing. */
export function nothing(proposal: ProposalKind, says: string, found?: Proposal): Proposal {
  return { proposal, plan: { host: says }, observed: found?.observed ?? "", identity: found?.identity ?? "", onDelete: {}, warnings: [], live: [] };
}

export function unreachable(host: string, error: unknown): Proposal {
  const reason = error instanceof Error ? error.message : String(error);
  const how = error instanceof HostUnreachableError ? "unreachable" : "not read";
  return nothing("unreachable", `${how}, nothing will be done: ${reason.includes(host) ? "" : `${host}: `}${reason}`);
}
