/** What Pulumi keeps of one resource, and the words it uses: the form of inputs and outputs that every kind shares. */
import type { Finding } from "../readiness/finding";

/** The engine's stand-in for a value that is not known in a preview; it arrives as plain text at any depth. */
export const UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9";

/**
 * What the program, having read the host, proposes.
 * - planned: there is something to do, `plan` says what.
 * - converged: nothing is to be done.
 * - refused, unreachable: nothing will be done, `plan` says why.
 * - held: nothing will be done because another resource of the same host is refused.
 * - unreviewed: nothing will be done because no preview showed this plan.
 * - waiting: nothing will be done in this run, because it is not this host's turn; what the last run recorded stays.
 */
export type ProposalKind = "planned" | "converged" | "refused" | "unreachable" | "held" | "unreviewed" | "waiting";

/** Target ("device 0000:65:00.0", "file /etc/...", "host") to one sentence. */
export type Lines = Readonly<Record<string, string>>;

/** The same with long sentences in parts, because a preview cuts a text off after 150 characters. */
export type FoldedLines = Readonly<Record<string, string | readonly string[]>>;

/** Inputs that the program adds to what the user wrote. */
export interface Carried {
  readonly proposal: ProposalKind;
  readonly plan: FoldedLines;
  /** Fingerprint of the facts this resource cares about; "" where the host was not read. */
  readonly observed: string;
  /** The machine that was read; "" where none was. */
  readonly identity: string;
  /** What a destroy, or taking this out of the stack, does: shown when it is about to. Exact once the host was read after an apply. */
  readonly onDelete: FoldedLines;
  /** Outcome of each resource that must come first: "KernelArguments: applied". Unknown in a preview that changes one. */
  readonly gate?: readonly string[];
  /** Of the verification that comes first. Unknown in a preview that changes it. */
  readonly proof?: Proof;
}

/** What a verification gave out, handed on to a kind that acts on nothing less. */
export interface Proof {
  readonly ready: boolean;
  readonly fingerprint: string;
}

export type Inputs = Carried & Readonly<Record<string, unknown>>;

/**
 * How the last run ended.
 * - applied: the host was read afterwards and nothing is left to do.
 * - ready, not-ready: a verification's verdict, from a fresh read.
 * - needs-reboot: done as far as this boot allows.
 * - refused: nothing was touched, or nothing but the quarantine of a card; `says` tells.
 * - unreachable, skipped (a resource before it did not get through), unreviewed: nothing was touched.
 * - stopped: nothing was touched, because the host was not, or no longer, what had been reviewed; `says` tells.
 * - failed: an apply that failed; the next run continues.
 * - waiting: nothing was touched, because it was not this host's turn.
 */
export type Status =
  | "applied" | "ready" | "not-ready" | "needs-reboot" | "refused" | "unreachable" | "skipped" | "unreviewed" | "stopped" | "failed" | "waiting";

/** Whether an outcome of a resource before keeps those after it from being carried out. Where one waits, the others of its host wait, or have nothing to do. */
export function closes(outcome: string): boolean {
  return !/: (applied|needs-reboot|ready|not-ready|waiting)$/.test(outcome);
}

/** Outputs that are added to the inputs. */
export interface Ended {
  readonly status: Status;
  /** One sentence about how it ended, for `status` other than applied and ready; "" otherwise. */
  readonly says: string;
  /** True once this resource was carried out on the host: only then is there something to undo. */
  readonly touched: boolean;
  /** What the last refresh saw: "as recorded", or how the host differs. */
  readonly seen: string;
  /** Readable findings of the last read, worst first. */
  readonly findings: readonly Finding[];
}

export type Outputs = Inputs & Ended;

/** Names that no resource may use for a field of its own. */
const carried: ReadonlySet<string> = new Set([
  "__provider", "proposal", "plan", "observed", "identity", "gate", "proof", "status", "says", "touched", "seen", "findings", "onDelete",
]);

/** The fields a user wrote, the connection among them; `outputs` names what this kind outputs on top. */
export function written(record: Readonly<Record<string, unknown>>, outputs: readonly string[] = []): Record<string, unknown> {
  return Object.fromEntries(Object.entries(record).filter(([name]) => !carried.has(name) && !outputs.includes(name)));
}

/** Whether two JSON values say the same, whatever the order of keys. */
export function same(one: unknown, other: unknown): boolean {
  return canonical(one) === canonical(other);
}

export function canonical(of: unknown): string {
  return JSON.stringify(of, (_key, value: unknown) =>
    typeof value === "object" && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).filter(([, item]) => item !== undefined).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)))
      : value) ?? "undefined";
}

export function holdsUnknown(of: unknown): boolean {
  if (of === UNKNOWN) return true;
  return typeof of === "object" && of !== null && Object.values(of).some(holdsUnknown);
}

/**
 * One JSON round trip. An `undefined` anywhere in outputs fails inside the engine after the host was changed, and loses the
 * resource; so what is returned has been through this, and what cannot pass is found before anything is applied.
 */
export function plain<T>(of: T): T {
  return JSON.parse(JSON.stringify(of)) as T;
}
