import { CloudConflictError, CloudUnreachableError, GpuhostError } from "../../errors";
import type { Call, Cloud } from "../cloud";
import { failedInside } from "../refusal";

const doubtful: ReadonlySet<string> = new Set(["cloud-conflict", failedInside]);

/**
 * Makes a call that writes. Where its answer got lost, or says that somebody was faster (Nova says
 * that with 409, and with 500 where two make the same aggregate at once), what `isMet` reads afterwards decides: the wish
 * is met, or the error stands. True when the call itself went through.
 */
export async function write(cloud: Cloud, call: Call, isMet: () => Promise<boolean>): Promise<boolean> {
  try {
    await cloud.call(call);
    return true;
  } catch (cause) {
    const isDoubtful = cause instanceof CloudUnreachableError || (cause instanceof GpuhostError && doubtful.has(cause.code));
    if (isDoubtful && (await isMet().catch(() => false))) return false;
    throw cause;
  }
}

/** @throws CloudConflictError when what was written is not what is read: somebody else writes the same. */
export function readBack(isMet: boolean, what: string, host?: string): void {
  if (!isMet) throw new CloudConflictError("cloud-read-back", `${what}, and it reads otherwise right afterwards: somebody else changes the same. Nothing more was done.`, host);
}
