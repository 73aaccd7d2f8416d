import type { Finding } from "../readiness/finding";
import type { CloudStep } from "./cloudStep";
import type { Step } from "./step";

/** What one resource would do to one host, worked out from facts alone. */
export interface Plan {
  readonly steps: readonly Step[];
  /** What is done in the control plane, after the steps on the host. Default []. */
  readonly cloud?: readonly CloudStep[];
  /**
   * The preview: what is touched ("device 0000:65:00.0", "file /etc/...", "boot entries", "host") to one sentence. The same facts give the
   * same text. Everything a reviewer decides on is in a sentence, because live plans are compared with the reviewed one line by line.
   */
  readonly lines: Readonly<Record<string, string>>;
  /** Readable and short: the state of what this resource cares about, equal before and after exactly when nothing drifted. */
  readonly observed: string;
  /** Findings of severity "refuse" forbid the steps; the others are shown. */
  readonly findings: readonly Finding[];
  /** What the resource would output on top (for example `groups`, `ready`): plain JSON without undefined. */
  readonly outputs?: Readonly<Record<string, unknown>>;
}

export function refused(plan: Plan): boolean {
  return plan.findings.some((finding) => finding.severity === "refuse");
}

/** Nothing is to be done by it. */
export function idle(plan: Plan): boolean {
  return plan.steps.length === 0 && (plan.cloud ?? []).length === 0;
}

export function converged(plan: Plan): boolean {
  return idle(plan) && !refused(plan);
}
