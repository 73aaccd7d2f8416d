import { ApplyError, GpuhostError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "../host/host";
import { computeHostOf } from "../plan/cloudHost";
import { mdevNova } from "../plan/mdevNova";
import { traitSteps } from "../plan/mdevPlacement";
import { owner, type MediatedDevicesDesired } from "../plan/mdevWishes";
import { planMediatedDevices } from "../plan/mediatedDevices";
import { novaDropInText, restartStep } from "../plan/novaDropIn";
import type { Plan } from "../plan/plan";
import type { Step } from "../plan/step";
import { undoMediatedDevices } from "../plan/undoMediatedDevices";
import { parseMediatedDevices } from "../schema/mediatedDevices";
import type { Aspect } from "./aspect";
import { settle, transaction } from "./carryOut";
import type { CloudPort } from "./cloudPort";
import { sinceNow } from "./sinceNow";

export const mediatedDevices: Aspect<MediatedDevicesDesired> = {
  kind: owner,
  outputs: ["offered", "made", "file"],
  parse: parseMediatedDevices,
  cloud: (facts, { cloud, computeHost }) => (cloud === undefined ? undefined : { connection: cloud, host: computeHostOf(facts, computeHost) }),
  asks: ({ licenceServer }) => licenceServer,
  plan: planMediatedDevices,
  undo: undoMediatedDevices,
  apply: offerOrPutBack,
};

/**
 * The host first, then the wait for Nova and Placement, then traits: Nova makes the providers that have them. When the cloud never shows it so, the
 * drop-in of before is put back and Nova restarted with it.
 */
async function offerOrPutBack(host: Host, facts: HostFacts, plan: Plan, desired: MediatedDevicesDesired, progress: Progress, cloud: CloudPort | undefined): Promise<void> {
  if (plan.steps.length > 0) settle(host, await host.apply(transaction(owner, facts, plan.steps), progress));
  if (cloud === undefined) return;
  const name = computeHostOf(facts, desired.computeHost);
  const steps = plan.cloud ?? [];
  try {
    await cloud.carryOut(await sinceNow(steps, facts, cloud, name), progress);
  } catch (error) {
    const back = backwards(facts, plan, desired);
    if (!(error instanceof GpuhostError) || back === undefined) throw error;
    progress("Nova or Placement did not come to show what was written; putting back what was there");
    throw new ApplyError("nova-not-well", `${host.name}: ${error.message} ${await putBack(host, back, progress)} Mend what keeps Nova or Placement from it, then run again.`, host.name);
  }
  if (steps.length === 0) return;
  const now = await cloud.observe(name);
  const root = now.providers.find(({ parent }) => parent === null);
  if (root !== undefined) await cloud.carryOut(traitSteps(facts, desired, root.name, now.providers), progress);
}

/** Two transactions: where Nova does not start with the old file either, that file stays all the same. What came of it, as a sentence. */
async function putBack(host: Host, [file, restart]: readonly [Step, Step], progress: Progress): Promise<string> {
  const now = await host.observe();
  const written = await host.apply(transaction(owner, now, [file]), progress);
  if (written.state !== "done") return `What was written for Nova could not be put back: ${written.says}`;
  const restarted = await host.apply(transaction(owner, now, [restart]), progress);
  const says = restarted.state === "done" ? restarted.steps.map((step) => step.says).join("; ") : `Nova does not run with it either, so this is not all that is wrong: ${restarted.says}`;
  return `What was written for Nova was put back as it was: ${says}.`;
}

/** Steps back to the drop-in that the plan was made on; undefined where the plan wrote none. */
function backwards(facts: HostFacts, plan: Plan, desired: MediatedDevicesDesired): readonly [Step, Step] | undefined {
  const { path, now } = mdevNova(facts, desired);
  const written = plan.steps.find((step) => step.kind === "writeFile" && step.path === path);
  if (written?.kind !== "writeFile") return undefined;
  const file: Step = now === undefined ? { kind: "restoreFile", path } : { ...written, text: novaDropInText(now), before: "" };
  return [file, { ...restartStep(desired.unit, now === undefined ? "ends" : "starts"), saysWhy: true }];
}
