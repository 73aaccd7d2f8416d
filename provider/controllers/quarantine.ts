import { insideReviewed } from "../plan/inside";
import { idle, refusals, refused, type Plan } from "../plan/plan";
import { asPlanned } from "./check";
import { beside, refusalLines, sentences } from "./proposal";
import type { Inputs, Status } from "./record";

/** How a run ends that kept something from new guests, or gave it back, and did nothing else; undefined where that did not come about, or was all. */
export function afterQuarantine(plan: Plan, left: Plan): [Status, string] | undefined {
  if (plan.passes === undefined || left.passes === plan.passes) return undefined;
  const done = `done as planned: ${sentences(plan.lines)}.`;
  if (refusals(left).length > 0) return ["refused", `${done} Nothing else was touched, because the rest is refused: ${sentences(refusalLines(left))}`];
  return idle(left) ? undefined : ["not-ready", `${done} A run that does this does nothing else. Run again for the rest: ${sentences(left.lines)}.`];
}

/** A quarantine that was reviewed is not needed any more, and what was refused beside it still is: that, as it was shown. Undefined otherwise. */
export function refusedBeside(plan: Plan, inputs: Inputs): string | undefined {
  if (!refused(plan) || inputs.proposal !== "planned" || insideReviewed(asPlanned(inputs.plan), beside(plan)).moved.length > 0) return undefined;
  return sentences(refusalLines(plan));
}
