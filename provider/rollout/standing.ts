import type { StepTaken } from "./happening";

/** What people are shown of a host, worst first. */
export const states = [
  "failed", "unreachable", "stopped", "refused", "not ready", "skipped", "cut off", "needs reboot", "rebooting", "applying", "verifying", "undoing",
  "planned", "waits", "observed", "undone", "applied", "verified",
] as const;
/**
 * - waits: for its wave. planned: something is to be done. observed: as wanted, which the update proves and records.
 * - applying, rebooting, verifying, undoing: under way. cut off: under way when the run ended.
 * - verified: every card proven ready. applied: done, and nothing was to be verified. undone: no longer in the program.
 * - needs reboot: one that is a person's to make. stopped: it was not, or no longer, what had been reviewed. skipped: something before it did not get through.
 */
export type State = (typeof states)[number];

export interface Standing {
  readonly state: State;
  /** Why; "" where the state says it all. */
  readonly says: string;
}

/** One resource of a host in one wave, from its preview to its end. */
export interface Member extends Omit<StepTaken, "what" | "phase" | "planning"> {
  readonly phase: "previewed" | StepTaken["phase"];
}

/** True where the update has something to do for it; recording that nothing is done is nothing. */
export function acts({ kind, op, proposal }: Member): boolean {
  if (op === "same" || op === "read" || op === "refresh") return false;
  if (kind === undefined || op === "delete") return true;
  return proposal !== "refused" && proposal !== "unreachable" && proposal !== "held" && proposal !== "waiting" && proposal !== "unreviewed";
}

/** "" for a plan that has nothing to do. A sentence is marked "again: " where the one on record is the same. */
export function planText({ kind = "", op, plan }: Member): string {
  return [`${kind} ${op}`, ...Object.entries(plan).map(([target, says]) => `${target}: ${says.replace(/^again: /, "")}`)].join("\n");
}

const sentence = ({ plan }: Member): string => Object.values(plan).join(" ");

/** Why a host stands where it does, without what is said beside it. */
export function why(host: string, { state, says }: Standing): string {
  return says.replaceAll(`${host}: `, "").replace(/^unreachable, nothing will be done: /, "").replace(new RegExp(`^${state}:? `), "");
}

/** Where a host stands, from where its resources are. */
export function standingOf(members: readonly Member[]): Standing {
  return bad(members) ?? underWay(members) ?? before(members) ?? ended(members);
}

function bad(members: readonly Member[]): Standing | undefined {
  const failed = members.find(({ phase }) => phase === "failed");
  if (failed !== undefined) return { state: "failed", says: failed.after.says };
  for (const state of ["unreachable", "stopped", "unreviewed", "refused"] as const) {
    const found = members.find(({ phase, proposal, after }) => (phase === "ended" ? after.status : proposal) === state);
    if (found !== undefined) return { state: state === "unreviewed" ? "stopped" : state, says: found.phase === "ended" ? found.after.says : sentence(found) };
  }
  return undefined;
}

function underWay(members: readonly Member[]): Standing | undefined {
  const doing = members.filter(acts);
  const begun = doing.find(({ phase }) => phase === "begun");
  if (begun === undefined && !doing.some(({ phase, proposal }) => phase === "ended" && proposal === "planned")) return undefined;
  if (begun === undefined) {
    const left = doing.filter(({ phase }) => phase !== "ended");
    return left.length === 0 ? undefined : { state: left.every(({ kind }) => kind === "IommuVerification") ? "verifying" : "applying", says: "" };
  }
  if (begun.op === "delete") return { state: "undoing", says: "" };
  if (begun.kind === "IommuVerification") return { state: "verifying", says: "" };
  return { state: begun.kind === "HostReboot" && begun.proposal === "planned" ? "rebooting" : "applying", says: "" };
}

function before(members: readonly Member[]): Standing | undefined {
  const doing = members.filter((member) => acts(member) && member.phase === "previewed");
  const planned = doing.find(({ op, proposal }) => op === "delete" || proposal !== "converged");
  if (planned !== undefined) return { state: "planned", says: planned.op === "delete" ? "is undone: it is no longer in the program" : "" };
  const waits = members.find(({ phase, proposal, after }) => (phase === "ended" ? after.status : proposal) === "waiting");
  if (waits !== undefined) return { state: "waits", says: sentence(waits) };
  const held = members.find(({ phase, proposal }) => phase === "previewed" && proposal === "held");
  if (held !== undefined) return { state: "skipped", says: sentence(held) };
  return doing.length > 0 ? { state: "observed", says: "" } : undefined;
}

function ended(members: readonly Member[]): Standing {
  const is = (status: string): Member | undefined => members.find(({ after }) => after.status === status);
  const rebooted = members.some(({ kind, after }) => kind === "HostReboot" && after.status === "applied");
  const waits = rebooted ? undefined : is("needs-reboot");
  if (waits !== undefined) return { state: "needs reboot", says: waits.after.says };
  const unproven = is("not-ready");
  if (unproven !== undefined) return { state: "not ready", says: unproven.after.says };
  const skipped = is("skipped");
  if (skipped !== undefined) return { state: "skipped", says: skipped.after.says };
  if (members.length > 0 && members.every(({ op }) => op === "delete")) return { state: "undone", says: "" };
  return { state: is("ready") === undefined ? "applied" : "verified", says: "" };
}
