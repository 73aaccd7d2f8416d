import { describe, expect, it } from "vitest";
import { observeSettled } from "../../provider/controllers/observeSettled";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { absent, value } from "../../provider/facts/reading";
import type { Host } from "../../provider/host/host";
import { hostFacts } from "../plan/factsBuilder";

const held = (alive: boolean) => value({ owner: "ops@there", since: "2026-01-01T00:00:00Z", alive });

/** A host whose readings come one after the other; the last one stays. */
function hostThatReads(...locks: HostFacts["journal"]["lock"][]): { host: Host; readings: () => number } {
  let count = 0;
  const facts = hostFacts();
  const never = (): never => { throw new Error("only read"); };
  const observe = (): Promise<HostFacts> => {
    const lock = locks[Math.min(count, locks.length - 1)]!;
    count += 1;
    return Promise.resolve({ ...facts, journal: { ...facts.journal, lock } });
  };
  return { host: { name: "hv1", observe, apply: never, reaches: never, waitForBoot: never, close: () => Promise.resolve() }, readings: () => count };
}

describe("reading a host on which a transaction is under way", () => {
  it("reads once where nothing is", async () => {
    const { host, readings } = hostThatReads(absent);
    expect((await observeSettled(host, () => undefined)).journal.lock).toEqual(absent);
    expect(readings()).toBe(1);
  });

  it("reads until it is over, and says once what it waits for", async () => {
    const said: string[] = [];
    const { host, readings } = hostThatReads(held(true), held(true), absent);
    expect((await observeSettled(host, (line) => void said.push(line), { pauseSeconds: 0 })).journal.lock).toEqual(absent);
    expect(readings()).toBe(3);
    expect(said).toEqual(["waits for another transaction that is under way there, started by ops@there at 2026-01-01T00:00:00Z"]);
  });

  it("does not wait for one whose process is gone: the next transaction takes its lock over", async () => {
    const { host, readings } = hostThatReads(held(false));
    await observeSettled(host, () => undefined);
    expect(readings()).toBe(1);
  });

  it("gives up and leaves it to the host's lock", async () => {
    const { host } = hostThatReads(held(true));
    expect((await observeSettled(host, () => undefined, { waitSeconds: 0, pauseSeconds: 0 })).journal.lock).toEqual(held(true));
  });
});
