import { ApplyError, GpuhostError, HostUnreachableError, IdentityError, LockedError, PlanMovedError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host } from "../host/host";
import type { Plan } from "../plan/plan";
import { insideReviewed } from "../plan/inside";
import { idle, refused } from "../plan/plan";
import type { Aspect } from "./aspect";
import { asPlanned } from "./check";
import { carryOut, progressOf } from "./carryOut";
import { withCloud } from "./clouds";
import { fold, unfold } from "./fold";
import { identityText } from "./identity";
import { observeSettled } from "./observeSettled";
import { onDelete, refusalLines, sentences } from "./proposal";
import { afterQuarantine, refusedBeside } from "./quarantine";
import { declareGone } from "./settings";
import { closes, plain, type Inputs, type Lines, type Outputs, type Status } from "./record";

/** Why nothing is to be done, before the host is asked at all; undefined when there may be. */
function standsBack(aspect: Aspect<unknown>, inputs: Inputs, olds: Partial<Outputs>): { status: Status; says: string } | undefined {
  const says = Object.values(unfold(inputs.plan)).join(" ");
  switch (inputs.proposal) {
    case "refused":
    case "unreachable":
    case "unreviewed":
      return { status: inputs.proposal, says };
    case "held":
      return { status: "skipped", says };
    case "waiting":
      // A verdict on what is there is no change, and one that was given has to hold while the host waits.
      return aspect.judgesBoot === true && olds.touched === true ? undefined : { status: "waiting", says };
    case "planned":
    case "converged": {
      const closed = gateClosed(inputs);
      return closed === undefined || (aspect.mayClose === true && inputs.proposal === "planned") ? undefined : { status: "skipped", says: closed };
    }
  }
}

/** Why a plan waits for a resource before it. One that waits for its host's turn keeps what is outside of the host's unit from being done before it. */
function gateClosed(inputs: Inputs): string | undefined {
  const closed = inputs.gate?.find((outcome) => closes(outcome) || (inputs.proposal === "planned" && outcome.endsWith(": waiting")));
  return closed === undefined ? undefined : `skipped, nothing was touched: ${closed}`;
}

/** Outputs of a run that did not touch the host: what was proven before stays on record. */
export function untouched(aspect: Aspect<unknown>, inputs: Inputs, olds: Partial<Outputs>, status: Status, says: string): Outputs {
  const kept = Object.fromEntries(aspect.outputs.filter((name) => name in olds).map((name) => [name, olds[name]]));
  return plain<Outputs>({
    ...inputs,
    ...kept,
    ...(status === "waiting" && olds.touched === true ? {} : aspect.unread),
    observed: olds.observed ?? "",
    identity: (olds.touched === true ? olds.identity : undefined) ?? inputs.identity,
    status,
    says,
    touched: olds.touched ?? false,
    seen: olds.seen ?? "not read",
    findings: olds.findings ?? [],
    onDelete: olds.onDelete ?? {},
  });
}

/** Outputs of a run after which the host was read. */
export function outputsOf(aspect: Aspect<unknown>, inputs: Inputs, desired: unknown, facts: HostFacts, plan: Plan, status: Status, says = ""): Outputs {
  return plain<Outputs>({
    ...inputs,
    ...plan.outputs,
    observed: plan.observed,
    identity: identityText(facts.identity),
    status,
    says,
    touched: true,
    seen: "as recorded",
    findings: plan.findings,
    onDelete: fold(onDelete(aspect, facts, desired)),
  });
}

/** What a plan with nothing left to do amounts to, and a word about it where that is not the end of it. */
function ended(aspect: Aspect<unknown>, plan: Plan): [Status, string] {
  const status = aspect.status?.(plan) ?? "applied";
  return [status, status === "not-ready" || status === "needs-reboot" ? Object.values({ ...plan.lines, ...plan.later }).join(" ") : ""];
}

/** Stops unless this is the machine that was read for the preview, and the one that was changed before. */
function requireIdentity(host: Host, facts: HostFacts, inputs: Inputs, olds: Partial<Outputs>): void {
  const now = identityText(facts.identity);
  const before = olds.touched === true && olds.identity !== undefined ? olds.identity : inputs.identity;
  for (const expected of [before, inputs.identity]) {
    if (expected === "" || expected === now) continue;
    throw new IdentityError("other-machine",
      `${host.name}: another machine answers there. Planned for: ${expected}. Found: ${now}. Nothing was touched. ` +
        `If the first one is gone: ${declareGone(host.name)}`, host.name);
  }
}

/** Stops unless what is to be done today was all in the plan that was reviewed. */
function requireReviewed(host: Host, plan: Plan, inputs: Inputs): void {
  const reviewed: Lines = inputs.proposal === "planned" ? asPlanned(inputs.plan) : {};
  if (idle(plan) && !refused(plan)) return;
  const { moved } = insideReviewed(reviewed, refused(plan) ? refusalLines(plan) : plan.lines);
  if (moved.length === 0 && !refused(plan)) return;
  throw new PlanMovedError("plan-moved",
    `${host.name}: the host is no longer as it was when the plan was made, nothing was touched. ${moved.join("; ")}. ` +
      "Look at `pulumi preview` again.", host.name);
}

/**
 * `create` and `update` in one: reads the host, stops if it is not what was reviewed, carries out the plan as one transaction, and
 * reads again: nothing may be left. Throws ApplyError only where the host was, or may have been, changed.
 */
export async function apply(aspect: Aspect<unknown>, desired: unknown, inputs: Inputs, olds: Partial<Outputs>, open: () => Promise<Host>): Promise<Outputs> {
  const back = standsBack(aspect, inputs, olds);
  if (back !== undefined) return untouched(aspect, inputs, olds, back.status, back.says);
  let host: Host;
  let facts: HostFacts;
  let plan: Plan;
  try {
    host = await open();
    facts = await withCloud(aspect, await observeSettled(host, progressOf(host, aspect.kind)), desired);
    requireIdentity(host, facts, inputs, olds);
    plan = aspect.plan(facts, desired);
    const closed = plan.passes === "closes" || inputs.proposal !== "planned" ? undefined : gateClosed(inputs);
    if (closed !== undefined) return untouched(aspect, inputs, olds, "skipped", closed);
    const stays = refusedBeside(plan, inputs);
    if (stays !== undefined) return untouched(aspect, inputs, olds, "refused", stays);
    requireReviewed(host, plan, inputs);
    // Found before anything is applied: outputs that the engine could not record.
    outputsOf(aspect, inputs, desired, facts, plan, "applied");
  } catch (error) {
    if (!(error instanceof GpuhostError)) throw error;
    return untouched(aspect, inputs, olds, error instanceof HostUnreachableError ? "unreachable" : "stopped", error.message);
  }
  const barred = aspect.bars?.(facts, plan, desired, inputs.proof);
  if (barred !== undefined) return untouched(aspect, inputs, olds, "skipped", `skipped, nothing was touched: ${barred}`);
  if (idle(plan)) return outputsOf(aspect, inputs, desired, facts, plan, ...ended(aspect, plan));

  let waits: string | undefined;
  try {
    waits = await carryOut(aspect, host, facts, plan, desired);
  } catch (error) {
    // The agent on the host says these before it touches anything.
    if (error instanceof LockedError || error instanceof IdentityError) return untouched(aspect, inputs, olds, "stopped", error.message);
    throw error;
  }
  const after = await withCloud(aspect, await host.observe(), desired);
  const left = aspect.plan(after, desired);
  if (waits !== undefined) return outputsOf(aspect, inputs, desired, after, left, "needs-reboot", waits);
  // A mark that was taken off, a card that was taken out of scheduling: what would bring it back waits for a proof, and is nothing that this run left.
  const waitsFor = refused(left) || idle(left) ? undefined : aspect.bars?.(after, left, desired, inputs.proof);
  if (waitsFor !== undefined) return outputsOf(aspect, inputs, desired, after, left, "not-ready", `done as planned; more waits: ${waitsFor}`);
  const beside = afterQuarantine(plan, left);
  if (beside !== undefined) return outputsOf(aspect, inputs, desired, after, left, ...beside);
  if (!idle(left) || refused(left)) {
    const lines = refused(left) ? refusalLines(left) : left.lines;
    throw new ApplyError("not-converged",
      `${host.name}: everything was applied, and yet this is left to do: ` +
        `${sentences(lines)}. The next run continues.`, host.name);
  }
  return outputsOf(aspect, inputs, desired, after, left, ...ended(aspect, left));
}
