import { ApplyError, GpuhostError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "../host/host";
import { computeHostOf } from "../plan/cloudHost";
import { assignmentsBack, novaDropInNow, novaDropInText, restartStep } from "../plan/novaDropIn";
import { owner, planNovaPci } from "../plan/novaPci";
import type { NovaPciDesired } from "../plan/novaWishes";
import type { Plan } from "../plan/plan";
import type { Step } from "../plan/step";
import { undoNovaPci } from "../plan/undoNovaPci";
import { parseNovaPci } from "../schema/novaPci";
import type { Aspect } from "./aspect";
import { settle, transaction } from "./carryOut";
import type { CloudPort } from "./cloudPort";
import { provenNow } from "./proven";
import { sinceNow } from "./sinceNow";

export const novaPci: Aspect<NovaPciDesired> = {
  kind: owner,
  outputs: ["exposed", "exposing", "file", "quarantined"],
  mayClose: true,
  parse: parseNovaPci,
  cloud: (facts, { cloud, computeHost }) => ({ connection: cloud, host: computeHostOf(facts, computeHost) }),
  plan: planNovaPci,
  status: ({ outputs }) => ((outputs?.["quarantined"] as readonly string[] | undefined)?.length ? "not-ready" : "applied"),
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
  const { cloud: inCloud = [], after = [] } = plan;
  if (cloud === undefined) return;
  try {
    if (inCloud.length > 0) await cloud.carryOut(await sinceNow(inCloud, facts, cloud, computeHostOf(facts, desired.computeHost)), progress);
  } catch (error) {
    if (!(error instanceof GpuhostError)) throw error;
    const back = backwards(facts, plan, desired, await isReported(cloud, computeHostOf(facts, desired.computeHost)));
    if (back === undefined) throw error;
    progress("Nova or Placement did not come to show what was written; putting back what was there");
    const ended = await putBack(host, back, progress).catch((cause: unknown) => {
      if (cause instanceof GpuhostError) return `What was written for Nova could not be put back: ${cause.message}`;
      throw cause;
    });
    throw new ApplyError("nova-not-well", `${host.name}: ${error.message} ${ended}`, host.name);
  }
  if (after.length > 0) settle(host, await host.apply(transaction(owner, await host.observe(), after), progress));
}

interface Back {
  readonly file: Step;
  readonly restart: Step;
}

/** Whether Nova has begun to report PCI devices of the host to Placement: from then on it does not start with that off. A cloud that does not say so may well know it. */
async function isReported(cloud: CloudPort, host: string): Promise<boolean> {
  const now = await cloud.observe(host).catch((cause: unknown) => {
    if (cause instanceof GpuhostError) return undefined;
    throw cause;
  });
  return now === undefined || now.providers.some(({ traits }) => traits.includes("COMPUTE_MANAGED_PCI_DEVICE"));
}

/** Steps back to the drop-in that the plan was made on; undefined where the plan wrote none. */
function backwards(facts: HostFacts, plan: Plan, desired: NovaPciDesired, reported: boolean): Back | undefined {
  const written = plan.steps.find((step) => step.kind === "writeFile" && step.path === plan.outputs?.["file"]);
  if (written?.kind !== "writeFile") return undefined;
  const before = assignmentsBack(novaDropInNow(facts, written.path), written.text, reported);
  const file: Step = before === undefined
    ? { kind: "restoreFile", path: written.path }
    : { ...written, text: novaDropInText(before), before: "" };
  return { file, restart: { ...restartStep(desired.unit, before === undefined ? "ends" : "starts"), saysWhy: true } };
}

/** Two transactions: where Nova does not start with the old file either, that file stays all the same. What came of it, as a sentence. */
async function putBack(host: Host, { file, restart }: Back, progress: Progress): Promise<string> {
  const now = await host.observe();
  settle(host, await host.apply(transaction(owner, now, [file]), progress));
  const restarted = await host.apply(transaction(owner, now, [restart]), progress);
  const says = restarted.state === "done" ? `On the host: ${restarted.steps.map((step) => step.says).join("; ")}` : restarted.says;
  const stays = restarted.state === "done" ? "" : "Nova does not run with it either, so this is not all that is wrong: ";
  return `What was written for Nova was put back as it was${file.kind === "writeFile" && file.text.includes("report_in_placement") ? ", with report_in_placement, which Nova cannot turn off again" : ""}. ${stays}${says}. Mend what keeps Nova or Placement from it, then run again.`;
}
