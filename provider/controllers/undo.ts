import { ApplyError, HostUnreachableError, IdentityError } from "../errors";
import type { Connection } from "../host/connection";
import type { HostFacts } from "../facts/hostFacts";
import type { Host } from "../host/host";
import { idle, refused } from "../plan/plan";
import type { Aspect } from "./aspect";
import { progressOf, settle, transaction } from "./carryOut";
import { openCloud, withCloud } from "./clouds";
import { identityText } from "./identity";
import { observeSettled } from "./observeSettled";
import { refusalLines } from "./proposal";
import type { Outputs } from "./record";
import { declareGone, declaredGone } from "./settings";

/**
 * `delete`: undoes only what this kind did, worked out from the host's own journal. What is gone already is a success. Never reboots;
 * says what waits for a reboot.
 */
export async function undo(aspect: Aspect<unknown>, desired: () => unknown, props: Outputs, open: () => Promise<Host>): Promise<void> {
  const name = (props["connection"] as Connection).host;
  if (!props.touched || aspect.leavesNothing?.(desired()) === true) return;
  if (declaredGone(name)) {
    console.log(`${name} ${aspect.kind}: declared gone, forgotten without being contacted`);
    return;
  }
  const wanted = desired();
  const reached = await reach(aspect.kind, name, open);
  const { host } = reached;
  requireSameMachine(name, reached.facts, props);
  const facts = await withCloud(aspect, reached.facts, wanted);
  const plan = aspect.undo(facts, wanted);
  if (refused(plan)) {
    const lines = Object.entries(refusalLines(plan)).map(([target, says]) => `${target}: ${says}`);
    throw new ApplyError("undo-refused", `${name}: ${aspect.kind} is not undone, nothing was touched. ${lines.join(" ")}`, name);
  }
  const progress = progressOf(host, aspect.kind);
  for (const finding of plan.findings) progress(`${finding.says} ${finding.remedy}`);
  if (idle(plan)) return;
  const query = aspect.cloud?.(facts, wanted);
  const waits = plan.steps.length > 0 ? settle(host, await host.apply(transaction(aspect.kind, facts, plan.steps), progress)) : undefined;
  if (query !== undefined) await (await openCloud(query.connection)).carryOut(plan.cloud ?? [], progress);
  if (plan.after !== undefined && plan.after.length > 0) settle(host, await host.apply(transaction(aspect.kind, await host.observe(), plan.after), progress));
  if (waits !== undefined) progress(waits);
}

async function reach(kind: string, name: string, open: () => Promise<Host>): Promise<{ host: Host; facts: HostFacts }> {
  try {
    const host = await open();
    return { host, facts: await observeSettled(host, progressOf(host, kind)) };
  } catch (error) {
    if (!(error instanceof HostUnreachableError)) throw error;
    throw new HostUnreachableError("undo-unreachable",
      `${ended(error.message)} What was done to this host cannot be undone now. To leave it out for the time being: ` +
        "`pulumi destroy --exclude URN` with the URN of each of its resources. If the machine is gone for good: " +
        `\`GPUHOST_GONE_HOSTS=${name} pulumi destroy\`, which forgets it without contacting it, or \`pulumi state delete URN\`.`, name);
  }
}

function requireSameMachine(name: string, facts: HostFacts, props: Outputs): void {
  const now = identityText(facts.identity);
  if (props.identity === "" || props.identity === now) return;
  throw new IdentityError("other-machine",
    `${name}: another machine answers there, nothing was undone on it. Recorded: ${props.identity}. Found: ${now}. If the recorded ` +
      `machine is gone: ${declareGone(name)}`, name);
}

const ended = (sentence: string): string => (/[.!?]$/.test(sentence) ? sentence : `${sentence}.`);
