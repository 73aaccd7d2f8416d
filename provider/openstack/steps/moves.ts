import type { ColdMigrateServer, LiveMigrateServer, StopServer } from "../../plan/cloudStep";
import type { Cloud } from "../cloud";
import type { CloudStepOutcome, Say } from "./outcome";
import { action, begin, named, needs, onItsHost, seen, watch, type SeenServer } from "./server";
import { write } from "./write";

export async function liveMigrateServer(cloud: Cloud, step: LiveMigrateServer, say: Say): Promise<CloudStepOutcome> {
  const { kind, server, host } = step;
  const start = await onItsHost(cloud, step);
  if ("end" in start) return start.end;
  const { now } = start;
  // A run before this one may have started it.
  if (now.taskState !== "migrating") {
    needs(cloud, step, now, ["ACTIVE", "PAUSED"]);
    await begin(cloud, step, action(server, { "os-migrateLive": { host: step.to ?? null, block_migration: "auto" } }, "2.34"));
  }
  return watch(cloud, step, say, `was not live-migrated away from ${host}`, (found) =>
    found !== undefined && found.host !== host && found.taskState === null && found.status !== "ERROR"
      ? { kind, state: "done", says: `${named(server)} runs on ${found.host ?? "no host"}` }
      : undefined);
}

export async function coldMigrateServer(cloud: Cloud, step: ColdMigrateServer, say: Say): Promise<CloudStepOutcome> {
  const { kind, server, host } = step;
  const start = await onItsHost(cloud, step);
  if ("end" in start) return start.end;
  const { now } = start;
  // A run before this one may have started it.
  if (now.host === host && now.taskState?.startsWith("resize_") !== true) {
    needs(cloud, step, now, ["ACTIVE", "SHUTOFF"]);
    await begin(cloud, step, action(server, { migrate: step.to === undefined ? null : { host: step.to } }, "2.56"));
  }
  const awaits = (of: SeenServer): boolean => of.host !== host && of.status === "VERIFY_RESIZE" && of.taskState === null;
  await watch(cloud, step, say, `was not moved away from ${host}`, (found) =>
    found !== undefined && (awaits(found) || isMoved(found, host)) ? { kind, state: "done", says: "" } : undefined);
  return confirm(cloud, step, say);
}

/** Gives up the old place: only then does the host let go of the server's room and devices. Nova may have confirmed by itself. */
async function confirm(cloud: Cloud, step: ColdMigrateServer, say: Say): Promise<CloudStepOutcome> {
  const isConfirmed = async (): Promise<boolean> => (await seen(cloud, step.server))?.status !== "VERIFY_RESIZE";
  if (!(await isConfirmed())) await write(cloud, action(step.server, { confirmResize: null }, "2.53"), isConfirmed);
  return watch(cloud, step, say, "was moved, and the move was not confirmed", (found) =>
    found !== undefined && isMoved(found, step.host)
      ? { kind: step.kind, state: "done", says: `${named(step.server)} is ${found.status} on ${found.host ?? "no host"}` }
      : undefined);
}

function isMoved(found: SeenServer, from: string): boolean {
  return found.host !== from && found.taskState === null && !["VERIFY_RESIZE", "RESIZE", "ERROR"].includes(found.status);
}

export async function stopServer(cloud: Cloud, step: StopServer, say: Say): Promise<CloudStepOutcome> {
  const { kind, server, host } = step;
  const start = await onItsHost(cloud, step);
  if ("end" in start) return start.end;
  const { now } = start;
  if (now.status === "SHUTOFF" && now.taskState === null) return { kind, state: "unchanged", says: `${named(server)} is SHUTOFF` };
  if (now.taskState !== "powering-off") {
    needs(cloud, step, now, ["ACTIVE"]);
    await begin(cloud, step, action(server, { "os-stop": null }, "2.53"));
  }
  return watch(cloud, step, say, `did not stop on ${host}`, (found) =>
    found?.status === "SHUTOFF" && found.taskState === null ? { kind, state: "done", says: `${named(server)} is SHUTOFF` } : undefined);
}
