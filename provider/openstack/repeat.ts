import { setTimeout as pause } from "node:timers/promises";
import { WireError, type Reply } from "./exchange";

/** How often a call is repeated at most, and for how long in all. */
export interface Patience {
  readonly repeatable: boolean;
  readonly totalTimeoutSeconds: number;
}

const mostRepeats = 5;
const busy = new Set([429, 502, 503, 504]);
/** Another try gives the same: there is no such name, or the certificate does not prove who answers. */
const final = /^ENOTFOUND$|CERT|ALTNAME|SELF_SIGNED|UNABLE_TO|^ERR_/;

/**
 * Makes the call, and again after 0.5, 1, 2, 4, 8 s (or what Retry-After says) where the service was busy or the connection broke. A call
 * that is not repeatable is repeated only where it cannot have arrived, or was turned away unread (429).
 * @throws WireError of the last try.
 */
export async function repeated(patience: Patience, work: (secondsLeft: number) => Promise<Reply>): Promise<Reply> {
  const end = Date.now() + patience.totalTimeoutSeconds * 1000;
  for (let repeats = 0; ; repeats += 1) {
    const left = (): number => (end - Date.now()) / 1000;
    const outcome = await work(Math.max(0.001, left())).catch((cause: unknown) => {
      if (cause instanceof WireError) return cause;
      throw cause;
    });
    const wait = outcome instanceof WireError ? mayRepeat(outcome, patience) : mayRepeatReply(outcome, patience);
    const seconds = wait === undefined ? Infinity : wait > 0 ? wait : 0.5 * 2 ** repeats * (0.8 + Math.random() * 0.4);
    if (repeats >= mostRepeats || seconds >= left()) {
      if (outcome instanceof WireError) throw outcome;
      return outcome;
    }
    await pause(seconds * 1000);
  }
}

/** Seconds to wait first, 0 for the usual; undefined: not at all. */
function mayRepeat(failure: WireError, patience: Patience): number | undefined {
  if (final.test(failure.code)) return undefined;
  return patience.repeatable || !failure.sent ? 0 : undefined;
}

function mayRepeatReply(reply: Reply, patience: Patience): number | undefined {
  if (!busy.has(reply.status) || !(patience.repeatable || reply.status === 429)) return undefined;
  const after = Number(reply.headers["retry-after"]);
  return Number.isFinite(after) && after > 0 ? after : 0;
}
