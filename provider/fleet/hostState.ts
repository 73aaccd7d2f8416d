import type { HostFacts } from "../facts/hostFacts";
import type { JournalFacts } from "../facts/journalTypes";
import { known } from "../facts/reading";

/**
 * Where a host of a fleet stands, from a read of the host and what its resources would do.
 * - done: as wanted and proven.
 * - pending: something is to be done, and nothing says that it was tried.
 * - failed: it was tried and did not work, or all was done and the card is not ready.
 * - refused: nothing will be done to it. unreachable: nothing is known of it.
 */
export interface HostState {
  readonly state: "done" | "pending" | "failed" | "refused" | "unreachable";
  /** Why it failed, or what it waits for; "" otherwise. */
  readonly says: string;
  /** When something was last begun on it, in seconds since 1970; undefined where nothing ever was, or where nothing is known. */
  readonly touchedAt?: number | undefined;
}

/** What one resource of the host comes to. */
export interface MemberOutcome {
  readonly kind: string;
  /** See controllers/record, ProposalKind. */
  readonly proposal: string;
  /** What having nothing left to do amounts to, where there is nothing: "ready", "not-ready", "needs-reboot", "applied". */
  readonly verdict?: string | undefined;
  readonly says: string;
}

/** `facts` are absent where the host was not read. */
export function hostState(members: readonly MemberOutcome[], facts: HostFacts | undefined): HostState {
  const touchedAt = facts === undefined ? undefined : lastTouched(facts.journal);
  const of = (state: HostState["state"], says = ""): HostState => ({ state, says, touchedAt });
  const unreachable = members.find(({ proposal }) => proposal === "unreachable");
  if (unreachable !== undefined || facts === undefined) return of("unreachable", unreachable?.says ?? "not read");
  const failure = lastFailure(facts);
  const refused = members.find(({ proposal }) => proposal === "refused");
  if (refused !== undefined) return triedInVain(facts) ? of("failed", refused.says) : failure === undefined ? of("refused", refused.says) : of("failed", failure);
  if (members.some(({ proposal }) => proposal !== "converged")) return failure === undefined ? of("pending") : of("failed", failure);
  const waits = members.find(({ verdict }) => verdict === "needs-reboot");
  if (waits !== undefined) return of("pending", waits.says);
  const unproven = members.find(({ verdict }) => verdict === "not-ready");
  return unproven === undefined ? of("done") : of("failed", unproven.says);
}

/** Transactions are named for when they began: "20261121T093000-5f3a9c01" (host/applyScript). */
function byTime(journal: JournalFacts): JournalFacts["transactions"] {
  return [...journal.transactions].sort((one, other) => (one.id < other.id ? -1 : one.id > other.id ? 1 : 0));
}

function lastTouched(journal: JournalFacts): number | undefined {
  const at = /^(\d{4})(\d\d)(\d\d)T(\d\d)(\d\d)(\d\d)-/.exec(byTime(journal).at(-1)?.id ?? "");
  if (at === null) return undefined;
  const [year = 0, month = 0, day = 0, hour = 0, minute = 0, second = 0] = at.slice(1).map(Number);
  return Date.UTC(year, month - 1, day, hour, minute, second) / 1000;
}

function lastFailure({ journal }: HostFacts): string | undefined {
  const last = byTime(journal).at(-1);
  if (last === undefined || last.state === "done" || last.state === "running") return undefined;
  return `what ${last.owner} last did there ended as ${last.state}${last.says === "" ? "" : `: ${last.says}`}`;
}

/** A boot entry was chosen for one boot, the host has booted since, and was never seen running it: see plan/hostRebootFindings. */
function triedInVain({ journal, system }: HostFacts): boolean {
  const trial = known(journal.trial);
  return trial?.state === "armed" && trial.seenRunning !== true && trial.bootId !== known(system.bootId);
}
