import { hostname, userInfo } from "node:os";
import { ApplyError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Outcome, Progress, Transaction } from "../host/host";
import type { Plan } from "../plan/plan";
import type { Step } from "../plan/step";
import type { Aspect } from "./aspect";
import { openCloud } from "./clouds";

/** What the dynamic provider prints, the engine shows while it runs. */
export const progressOf = (host: Host, kind: string): Progress => (line) => {
  console.log(`${host.name} ${kind}: ${line}`);
};

export function transaction(owner: string, facts: HostFacts, steps: readonly Step[]): Transaction {
  const continues = facts.journal.transactions.filter((one) => one.state === "interrupted").map((one) => one.id);
  return { owner, who: `${userInfo().username}@${hostname()}`, identity: facts.identity, continues, steps };
}

/** Turns a transaction that did not get through into an error; a text when a part waits for a reboot. */
export function settle(host: Host, outcome: Outcome): string | undefined {
  switch (outcome.state) {
    case "done":
      return undefined;
    case "needs-reboot":
      return outcome.says;
    case "failed":
      throw new ApplyError("apply-failed", `${host.name}: ${outcome.says} What this run had changed was undone.${stepsOf(outcome)}`, host.name);
    case "stuck":
      throw new ApplyError("apply-stuck", `${host.name}: ${outcome.says} Not everything could be undone.${stepsOf(outcome)}`, host.name);
  }
}

function stepsOf(outcome: Outcome): string {
  const told = outcome.steps.filter((step) => step.says !== "");
  return told.length === 0 ? "" : ` Steps: ${told.map((step) => `${step.kind} ${step.state}: ${step.says}`).join("; ")}.`;
}

/** Carries out a plan; a text when a part of it waits for a reboot. */
export async function carryOut(aspect: Aspect<unknown>, host: Host, facts: HostFacts, plan: Plan, desired: unknown): Promise<string | undefined> {
  const progress = progressOf(host, aspect.kind);
  const query = aspect.cloud?.(facts, desired);
  const cloud = query && (await openCloud(query.connection));
  if (aspect.apply !== undefined) {
    await aspect.apply(host, facts, plan, desired, progress, cloud);
    return undefined;
  }
  const waits = plan.steps.length > 0 ? settle(host, await host.apply(transaction(aspect.kind, facts, plan.steps), progress)) : undefined;
  await cloud?.carryOut(plan.cloud ?? [], progress);
  if (plan.after !== undefined && plan.after.length > 0) settle(host, await host.apply(transaction(aspect.kind, await host.observe(), plan.after), progress));
  return waits;
}
