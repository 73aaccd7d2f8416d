import type { Finding } from "../readiness/finding";
import type { CloudStep } from "./cloudStep";
import type { Step } from "./step";

/** What one resource would do to one host, worked out from facts alone. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What is done in the control plane, after the steps on the host. Default []. */
  readonly cloud?: readonly CloudStep[];
  /** What is done on the host after that: a note of what was done in the cloud outlives it, so that a run that dies in between is continued. Default []. */
  readonly after?: readonly Step[];
  /**
   * The preview: what is touched ("device 0000:65:00.0", "file /etc/...", "boot entries", "host") to one sentence. The same facts give the
   * same text. Everything a reviewer decides on is in a sentence, because live plans are compared with the reviewed one line by line.
   */
  readonly lines: Readonly<Record<string, string>>;
  /** Readable and short: the state of what this resource cares about, equal before and after exactly when nothing drifted. */
  readonly observed: string;
  /** Findings of severity "refuse" forbid the steps; the others are shown. */
  readonly findings: readonly Finding[];
  /**
   * This plan is the quarantine alone, and is carried out although findings refuse the rest. closes: it only keeps something from new guests, so it is
   * carried out also where a resource before this one did not get through. opens: it gives back what an earlier run kept from them.
   */
  readonly passes?: "closes" | "opens";
  /**
   * Lines of what is done instead, or as soon as a fresh read proves it: reviewed along with the plan, because a reboot of the same run may bring it about.
   * A plan that has them is proposed although there is nothing to do yet. Default {}.
   */
  readonly later?: Readonly<Record<string, string>>;
  /** What the resource would output on top (for example `groups`, `ready`): plain JSON without undefined. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export function refusals(plan: Plan): readonly Finding[] {
  return plan.findings.filter((finding) => finding.severity === "refuse");
}

/** Nothing of it may be done. */
export function refused(plan: Plan): boolean {
  return plan.passes === undefined && refusals(plan).length > 0;
}

/** Nothing is to be done by it. */
export function idle(plan: Plan): boolean {
  return plan.steps.length === 0 && (plan.cloud ?? []).length === 0 && (plan.after ?? []).length === 0;
}

export function converged(plan: Plan): boolean {
  return idle(plan) && !refused(plan);
}
