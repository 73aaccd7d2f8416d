import type { HostFacts, HostIdentity } from "../facts/hostFacts";
import type { Reading } from "../facts/reading";
import type { Step } from "../plan/step";

/** One transaction: done as a whole, or undone as a whole, on the host itself. */
export interface Transaction {
  /** The resource it belongs to: "KernelArguments". Journalled files and devices are owned by it. */
  readonly owner: string;
  /** Shown to whoever finds the lock held: "alice@laptop stack prod". */
  readonly who: string;
  /** Checked on the host before anything else. */
  readonly identity: HostIdentity;
  /**
   * Interrupted transactions that the facts of this plan showed (`JournalledTransaction.id`): what they left is what was planned on, so it
   * stays and is continued. Any other interrupted one is undone first. Default [].
   */
  readonly continues?: readonly string[];
  readonly steps: readonly Step[];
}

export interface StepOutcome {
  readonly kind: Step["kind"];
  readonly state: "done" | "unchanged" | "failed" | "undone" | "not-reached" | "needs-reboot" | "left";
  readonly says: string;
}

export interface Outcome {
  /** failed: stopped and everything of this transaction undone. stuck: something could not be undone, `says` names it. */
  readonly state: "done" | "failed" | "stuck" | "needs-reboot";
  readonly says: string;
  readonly steps: readonly StepOutcome[];
}

export type Progress = (line: string) => void;

/** The machine at the other end. */
export interface Host {
  readonly name: string;
  /** One exec, reads only. */
  observe(): Promise<HostFacts>;
  /**
   * One exec: locks, checks identity and preconditions, journals, runs detached from this session, waits for the outcome. A lost
   * session is picked up by reconnecting. Throws LockedError, IdentityError, HostUnreachableError; a failed step is an Outcome.
   */
  apply(transaction: Transaction, progress?: Progress): Promise<Outcome>;
  /** Whether the host gets a TCP connection within a few seconds. */
  reaches(host: string, port: number): Promise<Reading<boolean>>;
  /** Waits until another boot than `bootId` answers; throws HostTimeoutError saying "did not go down" or "did not come back". */
  waitForBoot(bootId: string, deadlineSeconds: number, progress?: Progress): Promise<void>;
  close(): Promise<void>;
}
