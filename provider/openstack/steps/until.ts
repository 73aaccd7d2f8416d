import { setTimeout as pause } from "node:timers/promises";
import { CloudTimeoutError, CloudUnreachableError } from "../../errors";
import type { Say } from "./outcome";

/** What a look found: the end, or how things stand meanwhile. */
export type Look<T> = { readonly end: T } | { readonly yet: string };

export interface Wait {
  /** "cloud "prod": the server web (…) did not leave cmp1". */
  readonly failed: string;
  readonly deadlineSeconds: number;
  readonly host: string;
}

/** Pauses between two looks, in seconds: short at first, since most things take a moment. */
const pauses = [0.5, 0.5, 1, 1, 2] as const;

/**
 * Looks until there is an end. How things stand is told when it changes. A service that does not answer meanwhile is waited for as well.
 * @throws CloudTimeoutError saying how things stood last.
 */
export async function until<T>(wait: Wait, say: Say, look: () => Promise<Look<T>>): Promise<T> {
  const end = Date.now() + wait.deadlineSeconds * 1000;
  let last = "";
  for (let looks = 0; ; looks += 1) {
    const found = await look().catch((cause: unknown): Look<T> => {
      if (cause instanceof CloudUnreachableError) return { yet: cause.message };
      throw cause;
    });
    if ("end" in found) return found.end;
    if (found.yet !== last) say(found.yet);
    last = found.yet;
    const seconds = pauses[Math.min(looks, pauses.length - 1)] ?? 2;
    if (Date.now() + seconds * 1000 > end) {
      throw new CloudTimeoutError("cloud-timeout", `${wait.failed} within ${wait.deadlineSeconds} s: ${last.replace(/\.$/, "")}.`, wait.host);
    }
    await pause(seconds * 1000);
  }
}
