import { setTimeout as sleep } from "node:timers/promises";
import { GpuhostError, HostTimeoutError, HostUnreachableError, IdentityError, LockedError } from "../errors";
import { known } from "../facts/reading";
import { agentScript, followScript, launchScript, newTransactionId } from "./applyScript";
import type { Outcome, Progress, Transaction } from "./host";
import type { Verdict } from "./outcome";
import { parseOutcome } from "./outcome";
import type { Shell, ShellResult } from "./shell";

/** A session that lasted so long did not fail to come about. */
const standingSeconds = 15;

export interface CarryOptions {
  /** Seconds one session may wait for the outcome; then another one goes on waiting. Default 900. */
  readonly sessionSeconds?: number;
  /** Seconds to keep trying when the host does not answer, counted from the last sign of life. Default 300. */
  readonly reconnectSeconds?: number;
  /** Seconds between two tries. Default 2. */
  readonly pauseSeconds?: number;
}

/**
 * Has the host carry out a transaction and waits for its outcome. The host does it by itself: a session that is lost is replaced by
 * one that only follows, and nothing is started twice.
 * @throws LockedError, IdentityError: nothing was touched. HostUnreachableError: it did not answer any more; what it does or did, the next run finds.
 */
export async function carryOutOnHost(open: () => Promise<Shell>, transaction: Transaction, progress: Progress = () => {}, options: CarryOptions = {}): Promise<Outcome> {
  const id = newTransactionId();
  return carry(open, id, agentScript(id, transaction), transaction, progress, options);
}

/** The same for a script that is ready, under its own name. */
export async function carry(open: () => Promise<Shell>, id: string, script: string, of: Pick<Transaction, "identity">, progress: Progress, options: CarryOptions): Promise<Outcome> {
  const following = new Following(open, id, script, of, progress, options);
  return following.outcome();
}

class Following {
  /** Lines of the agent's log that were passed on. */
  private seen = 0;
  private lastSign = performance.now();
  private launched = false;
  private launches = 1;
  private name = "the host";

  constructor(
    private readonly open: () => Promise<Shell>,
    private readonly id: string,
    private readonly script: string,
    private readonly of: Pick<Transaction, "identity">,
    private readonly progress: Progress,
    private readonly options: CarryOptions,
  ) {}

  async outcome(): Promise<Outcome> {
    for (;;) {
      const answer = await this.session();
      if (answer instanceof GpuhostError) {
        await this.pauseOrGiveUp(answer);
        continue;
      }
      this.lastSign = performance.now();
      if (answer.state === "unknown" && this.launches < 3) {
        // The first session broke before the script was there.
        this.launched = false;
        this.launches += 1;
        continue;
      }
      return this.judged(answer);
    }
  }

  /** One session: launches or follows. An error when it ended without an outcome. */
  private async session(): Promise<Verdict | GpuhostError> {
    // A session that was given up may still say what the next one says too.
    let over = false;
    const began = performance.now();
    try {
      const shell = await this.open();
      this.name = shell.name;
      this.requireHostKey(shell);
      const script = this.launched ? followScript(this.id, this.seen) : launchScript(this.id, this.script);
      this.launched = true;
      const result = await shell.run(script, {
        what: "applying a transaction",
        deadlineSeconds: this.options.sessionSeconds ?? 900,
        onStderrLine: (line) => over || this.heard(line),
      });
      return parseOutcome(result.stdout.toString("utf8"), shell.name) ?? this.brokenOff(result);
    } catch (error) {
      if (error instanceof HostUnreachableError || error instanceof HostTimeoutError) {
        // Nothing was sent yet: not a session that broke, but a host that cannot be reached.
        if (this.launched) return error;
      }
      throw error;
    } finally {
      over = true;
      // Building an image says nothing for minutes: a session that stood was a sign of life all the time.
      if (performance.now() - began > standingSeconds * 1000) this.lastSign = performance.now();
    }
  }

  private requireHostKey(shell: Shell): void {
    const [planned, now] = [known(this.of.identity.hostKey), known(shell.hostKey)];
    if (planned === undefined || now === undefined || planned === now) return;
    throw new IdentityError("other-host-key",
      `${shell.name}: another machine answers there: its host key is ${now}, the plan was made for ${planned}. Nothing was touched.`, shell.name);
  }

  private heard(line: string): void {
    if (!line.startsWith("progress: ")) return;
    this.seen += 1;
    this.lastSign = performance.now();
    this.progress(line.slice("progress: ".length));
  }

  private brokenOff(result: ShellResult): GpuhostError {
    const how = result.signal === null ? `exit status ${result.exitCode}` : `signal ${result.signal}`;
    return new HostUnreachableError("session-broken", `${this.name}: the session ended without an outcome (${how}): ${result.stderr.trim().split("\n").at(-1) ?? ""}`, this.name);
  }

  private async pauseOrGiveUp(error: GpuhostError): Promise<void> {
    const silent = (performance.now() - this.lastSign) / 1000;
    if (silent > (this.options.reconnectSeconds ?? 300)) {
      throw new HostUnreachableError("lost-while-applying",
        `${this.name}: lost while a transaction ran there, and not reached again for ${Math.round(silent)} s (${error.message}). ` +
          `The host finishes or undoes it by itself (/var/lib/gpuhost/transactions/${this.id} there); the next run says how it ended.`, this.name);
    }
    await sleep((this.options.pauseSeconds ?? 2) * 1000);
  }

  private judged({ state, says, steps }: Verdict): Outcome {
    switch (state) {
      case "locked":
        throw new LockedError("locked",
          `${this.name}: another transaction is under way there, started by ${says}. Nothing was touched. Wait until it is over, then run again; ` +
            "a lock whose process is gone is taken over by itself.", this.name);
      case "identity":
        throw new IdentityError("other-machine", `${this.name}: ${says}. Nothing was touched.`, this.name);
      case "not-started":
        return { state: "failed", says, steps };
      case "unknown":
        return { state: "failed", says: "the session broke each time before the transaction was on the host; nothing was touched", steps };
      default:
        return { state, says, steps };
    }
  }
}
