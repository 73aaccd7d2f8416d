import { CloudRefusedError } from "../../errors";
import { server } from "../../facts/cloud/compute";
import type { CloudStep, ServerReference } from "../../plan/cloudStep";
import type { Call, Cloud } from "../cloud";
import { novaGet, part } from "../read";
import { stoppedBecause } from "./actions";
import type { CloudStepOutcome, Say } from "./outcome";
import { until, type Look } from "./until";
import { write } from "./write";

export type ServerStep = Extract<CloudStep, { readonly server: ServerReference }>;

export interface SeenServer {
  readonly status: string;
  readonly taskState: string | null;
  readonly host: string | null;
}

/** Undefined when it is gone. */
export async function seen(cloud: Cloud, of: ServerReference): Promise<SeenServer | undefined> {
  const call = { ...novaGet(`/servers/${of.id}`), accept: [404] };
  const answer = await cloud.call(call);
  if (answer.status === 404) return undefined;
  const found = server(part(call, answer).at("server"));
  return { status: found.server.status, taskState: found.server.taskState, host: found.host };
}

export const action = (of: ServerReference, body: unknown, microversion: string): Call => ({ service: "compute", method: "POST", path: `/servers/${of.id}/action`, microversion, body });

export const named = (of: ServerReference): string => `the server ${of.name} (${of.id})`;

/** The server as it is on its host, or what became of it when there is nothing left to do there. */
export async function onItsHost(cloud: Cloud, step: ServerStep): Promise<{ readonly now: SeenServer } | { readonly end: CloudStepOutcome }> {
  const now = await seen(cloud, step.server);
  const end = (says: string): { readonly end: CloudStepOutcome } => ({ end: { kind: step.kind, state: "unchanged", says: `${named(step.server)} ${says}` } });
  if (now === undefined) return end("is gone");
  const isUnderWay = now.taskState !== null || (step.kind === "coldMigrateServer" && now.status === "VERIFY_RESIZE");
  const isMoved = now.host !== step.host && (step.kind === "stopServer" || !isUnderWay);
  return isMoved ? end(`is ${now.status} on ${now.host ?? "no host"}`) : { now };
}

/** @throws CloudRefusedError when the server is in no state to be moved. */
export function needs(cloud: Cloud, step: ServerStep, now: SeenServer, statuses: readonly string[]): void {
  if (statuses.includes(now.status) && now.taskState === null) return;
  const doing = now.taskState === null ? "" : `, and is ${now.taskState}`;
  throw new CloudRefusedError("server-state", `${cloud.name}: ${named(step.server)} on ${step.host} is ${now.status}${doing}; to be moved or stopped it must be ${statuses.join(" or ")}. Nothing was done to it.`, step.host);
}

/** Starts something that takes its time. An answer that got lost counts as started when the server is seen at it. */
export async function begin(cloud: Cloud, step: ServerStep, call: Call): Promise<void> {
  await write(cloud, call, async () => {
    const now = await seen(cloud, step.server);
    return now === undefined || now.taskState !== null || now.host !== step.host;
  });
}

/** Waits for what `look` makes of the server. One that falls into ERROR, or comes to rest where it was, ends the wait with Nova's reason. */
export function watch(cloud: Cloud, step: ServerStep, say: Say, wish: string, look: (now: SeenServer | undefined) => CloudStepOutcome | undefined): Promise<CloudStepOutcome> {
  const wait = { failed: `${cloud.name}: ${named(step.server)} ${wish}`, deadlineSeconds: step.deadlineSeconds, host: step.host };
  let rests = 0;
  return until(wait, say, async (): Promise<Look<CloudStepOutcome>> => {
    const now = await seen(cloud, step.server);
    const end = look(now);
    if (end !== undefined) return { end };
    if (now === undefined) return { end: { kind: step.kind, state: "done", says: `${named(step.server)} is gone` } };
    // Between two tasks of one move the task state is empty for a moment.
    rests = now.taskState === null ? rests + 1 : 0;
    if ((now.status === "ERROR" && now.taskState === null) || rests >= 3) {
      const why = await stoppedBecause(cloud, step.server);
      const state = `it is ${now.status} on ${now.host ?? "no host"}`;
      throw new CloudRefusedError("server-move-failed", `${cloud.name}: ${named(step.server)} ${wish}: ${state}. ${why}`, step.host);
    }
    return { yet: `${named(step.server)} is ${now.status}${now.taskState === null ? "" : `, ${now.taskState}`}` };
  });
}
