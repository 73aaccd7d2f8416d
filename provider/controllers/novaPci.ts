import { ApplyError, GpuhostError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "../host/host";
import { computeHostOf } from "../plan/cloudHost";
import { novaDropInNow, novaDropInText, restartStep } from "../plan/novaDropIn";
import { owner, planNovaPci } from "../plan/novaPci";
import type { NovaPciDesired } from "../plan/novaWishes";
import type { CloudStep } from "../plan/cloudStep";
import type { Plan } from "../plan/plan";
import type { Step } from "../plan/step";
import { undoNovaPci } from "../plan/undoNovaPci";
import { parseNovaPci } from "../schema/novaPci";
import type { Aspect } from "./aspect";
import { settle, transaction } from "./carryOut";
import type { CloudPort } from "./cloudPort";
import { provenNow } from "./proven";

export const novaPci: Aspect<NovaPciDesired> = {
  kind: owner,
  outputs: ["exposed", "exposing", "file"],
  parse: parseNovaPci,
  cloud: (facts, { cloud, computeHost }) => ({ connection: cloud, host: computeHostOf(facts, computeHost) }),
  plan: planNovaPci,
  undo: undoNovaPci,
  bars: (facts, plan, { verification }, proof) => {
    const writes = plan.steps.some(({ kind }) => kind === "restartService");
    const exposes = (plan.outputs?.["exposing"] as readonly string[] | undefined) ?? [];
    return writes && exposes.length > 0 ? provenNow(facts, verification, proof) : undefined;
  },
  apply: exposeOrPutBack,
};

/**
 * The drop-in and the restart on the host, then the wait for Nova and Placement. The host's own watch ends before Nova is known to be well:
 * when the cloud never shows it so, the drop-in of before is put back and Nova restarted with it.
 */
async function exposeOrPutBack(host: Host, facts: HostFacts, plan: Plan, desired: NovaPciDesired, progress: Progress, cloud: CloudPort | undefined): Promise<void> {
  if (plan.steps.length > 0) settle(host, await host.apply(transaction(owner, facts, plan.steps), progress));
  if (cloud === undefined || (plan.cloud ?? []).length === 0) return;
  try {
    await cloud.carryOut(await sinceNow(plan.cloud ?? [], cloud, computeHostOf(facts, desired.computeHost)), progress);
  } catch (error) {
    const back = backwards(facts, plan, desired);
    if (!(error instanceof GpuhostError) || back.length === 0) throw error;
    progress("Nova or Placement did not come to show what was written; putting back what was there");
    const now = await host.observe();
    settle(host, await host.apply(transaction(owner, now, back), progress));
    throw new ApplyError("nova-not-well", `${host.name}: ${error.message} What was written for Nova was put back as it was, and ${desired.unit} was restarted with that.`, host.name);
  }
}

/** A heartbeat counts for the restarted process only when it is later than the restart: the old one may have sent one since the plan. */
async function sinceNow(steps: readonly CloudStep[], cloud: CloudPort, host: string): Promise<readonly CloudStep[]> {
  if (!steps.some(({ kind }) => kind === "waitForComputeService")) return steps;
  const since = (await cloud.observe(host)).service?.updatedAt ?? undefined;
  return steps.map((step) => (step.kind === "waitForComputeService" && since !== undefined ? { ...step, since } : step));
}

/** Steps back to the drop-in that the plan was made on. */
function backwards(facts: HostFacts, plan: Plan, desired: NovaPciDesired): readonly Step[] {
  const written = plan.steps.find((step) => step.kind === "writeFile" && step.path === plan.outputs?.["file"]);
  if (written?.kind !== "writeFile") return [];
  const before = novaDropInNow(facts, written.path);
  const file: Step = before === undefined
    ? { kind: "restoreFile", path: written.path }
    : { ...written, text: novaDropInText(before), before: "" };
  return [file, restartStep(desired.unit, before === undefined ? "ends" : "starts")];
}
