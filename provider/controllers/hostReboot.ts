import { ApplyError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "../host/host";
import { notStaged, planHostReboot, undoHostReboot, type HostRebootDesired } from "../plan/hostReboot";
import { computeHostOf } from "../plan/cloudHost";
import { refused, type Plan } from "../plan/plan";
import type { Reboot, Step } from "../plan/step";
import { parseHostReboot } from "../schema/hostReboot";
import type { Aspect } from "./aspect";
import { settle, transaction } from "./carryOut";
import type { CloudPort } from "./cloudPort";
import { withCloud } from "./clouds";
import { identityText } from "./identity";

const kind = "HostReboot";

export const hostReboot: Aspect<HostRebootDesired> = {
  kind,
  outputs: ["running", "waitsFor"],
  unread: { running: false, waitsFor: [] },
  afterLiveBinding: true,
  // A drain leaves the service disabled when a run dies before its end.
  leavesNothing: ({ drain }) => drain === undefined,
  parse: parseHostReboot,
  plan: planHostReboot,
  undo: undoHostReboot,
  cloud: (facts, { drain }) => drain && { connection: drain.cloud, host: computeHostOf(facts, drain.computeHost) },
  status: ({ outputs }) => (outputs?.["running"] === true ? "applied" : "needs-reboot"),
  apply: rebootAndKeep,
};

/**
 * Chooses what is staged for one boot, reboots, waits, looks whether it runs, and only then makes it the default. Every way this can go
 * wrong has its own sentence, which says what state the host is in.
 */
async function rebootAndKeep(host: Host, facts: HostFacts, plan: Plan, desired: HostRebootDesired, progress: Progress, cloud: CloudPort | undefined): Promise<void> {
  const reboot = plan.steps.find((step): step is Reboot => step.kind === "reboot");
  let running = plan;
  if (reboot !== undefined) {
    requireStaged(host, facts, desired);
    if (cloud !== undefined && (plan.cloud ?? []).length > 0) {
      await cloud.carryOut(plan.cloud ?? [], progress);
      await requireDrained(host, desired);
    }
    // What is kept is worked out from the boot that is to be kept, not from this one.
    await carry(host, facts, plan.steps.filter((step) => step.kind !== "keepTrialBoot"), progress);
    progress(`rebooting: ${reboot.reason}`);
    await host.waitForBoot(reboot.bootId, desired.deadlineSeconds, progress);
    const before = identityText(facts.identity);
    facts = await host.observe();
    requireSameMachine(host, before, facts);
    running = planHostReboot(await withCloud(hostReboot, facts, desired), desired);
    requireRunning(host, running);
    // A cloud that could not be read after the boot: the step looks at the reason itself.
    const closed = plan.cloud?.find((step) => step.kind === "disableComputeService");
    if (closed !== undefined && (running.cloud ?? []).length === 0) running = { ...running, cloud: [{ kind: "enableComputeService", host: closed.host, reason: closed.reason }] };
  }
  if (running.steps.length > 0) {
    progress("runs as wanted; making it the default");
    await carry(host, facts, running.steps, progress);
  }
  await cloud?.carryOut(running.cloud ?? [], progress);
}

/** Addresses are given out anew at boots: what is made the default must be on the machine that was rebooted. */
function requireSameMachine(host: Host, before: string, facts: HostFacts): void {
  const now = identityText(facts.identity);
  if (now === before) return;
  throw new ApplyError("other-machine",
    `${host.name}: another machine answers there since the reboot, and nothing more was done. Rebooted: ${before}. Found: ${now}. ` +
      "A trial boot stays a trial on the machine that was rebooted; find its address, then run again.", host.name);
}

/** A server may have come between the plan and the moment when the service was closed: nobody told what may happen to it. */
async function requireDrained(host: Host, desired: HostRebootDesired): Promise<void> {
  const found = planHostReboot(await withCloud(hostReboot, await host.observe(), desired), desired).findings.filter(({ severity }) => severity === "refuse");
  if (found.length === 0) return;
  throw new ApplyError("not-drained",
    `${host.name}: not rebooted: after the drain this is still so: ${found.map(({ says, remedy }) => `${says} ${remedy}`).join(" ")} ` +
      "nova-compute stays disabled until the run that reboots; to call it off: `openstack compute service set --enable`.", host.name);
}

/** A reboot that cannot bring what is wanted is not begun. */
function requireStaged(host: Host, facts: HostFacts, desired: HostRebootDesired): void {
  const lacking = notStaged(facts, desired);
  if (lacking.length === 0) return;
  throw new ApplyError("reboot-for-nothing",
    `${host.name}: not rebooted, because the next boot would not bring ${lacking.join(", ")} either. ` +
      "Ask for it with KernelArguments, and let HostReboot come after it.", host.name);
}

function requireRunning(host: Host, plan: Plan): void {
  if (!refused(plan) && plan.steps.every((step) => step.kind === "keepTrialBoot") && plan.outputs?.["running"] === true) return;
  const found = plan.findings.filter((finding) => finding.severity === "refuse");
  const says = found.length > 0 ? found.map((finding) => `${finding.says} ${finding.remedy}`).join(" ") : `${plan.observed}.`;
  throw new ApplyError("came-back-without",
    `${host.name}: came back, but without what the reboot was for: ${says} The default boot entries are as they were before; ` +
      "what is staged stays staged and is not tried again by itself.", host.name);
}

async function carry(host: Host, facts: HostFacts, steps: readonly Step[], progress: Progress): Promise<void> {
  settle(host, await host.apply(transaction(kind, facts, steps), progress));
}
