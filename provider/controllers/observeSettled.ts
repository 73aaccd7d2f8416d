import { setTimeout as sleep } from "node:timers/promises";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Host, Progress } from "../host/host";

export interface SettledOptions {
  /** Longest wait; building the images of several kernels takes minutes. Default 600. */
  readonly waitSeconds?: number;
  /** Between two readings. Default 3. */
  readonly pauseSeconds?: number;
}

/**
 * Reads the host when nothing is under way there: facts from the middle of a transaction are neither what was nor what will be. Such a
 * one may be what a run left that was itself killed; it ends by itself. After `waitSeconds` the facts are given as they are, and
 * the host's own lock decides.
 */
export async function observeSettled(host: Host, progress: Progress, options: SettledOptions = {}): Promise<HostFacts> {
  const until = performance.now() + (options.waitSeconds ?? 600) * 1000;
  for (let told = false; ; told = true) {
    const facts = await host.observe();
    const lock = known(facts.journal.lock);
    if (lock === undefined || !lock.alive || performance.now() > until) return facts;
    if (!told) progress(`waits for another transaction that is under way there, started by ${lock.owner} at ${lock.since}`);
    await sleep((options.pauseSeconds ?? 3) * 1000);
  }
}
