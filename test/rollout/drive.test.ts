import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { Rollout } from "../../provider/fleet/rollout";
import { drive, type Engine, type Limits, type Watcher } from "../../provider/rollout/drive";
import { summaryOf, summaryText } from "../../provider/rollout/summary";
import { ModelFleet, type Fate } from "./model";

/** Says yes, or so many times, and lets soaks pass. */
class Obliging implements Watcher {
  leaving = false;
  asked = 0;
  soaked = 0;
  readonly went: string[][] = [];
  constructor(public fleet?: ModelFleet, private readonly yes = Number.POSITIVE_INFINITY) {}
  changed(): void {}
  begins(_view: unknown, { hosts }: { readonly hosts: readonly string[] }): void { this.went.push([...hosts]); }
  ended(): void {}
  async agrees(): Promise<true | string> {
    this.asked += 1;
    return this.asked <= this.yes ? true : "nobody said yes";
  }
  async soaks(until: number): Promise<void> {
    this.soaked += 1;
    if (this.fleet) this.fleet.now = until + 1;
  }
}

const rollout = (of: Partial<Rollout> = {}): Rollout => ({ canary: 1, maxUnavailable: 2, maxUnavailablePer: {}, stopAfterFailures: 99, soakSeconds: 0, ...of });
const ended = async (fleet: ModelFleet, watcher: Watcher = new Obliging(fleet), limits: Limits = {}) => summaryOf("dev", await drive(fleet, watcher, limits));
const statesIn = ({ hosts }: { readonly hosts: Readonly<Record<string, { readonly state: string }>> }): readonly string[] => Object.values(hosts).map(({ state }) => state);

describe("a rollout", () => {
  it("goes wave after wave until no host has a turn", async () => {
    const fleet = new ModelFleet(["good", "good", "good", "good"], rollout());
    const summary = await ended(fleet);
    expect(fleet.tried).toEqual([["hv-1"], ["hv-2", "hv-3"], ["hv-4"]]);
    expect(summary).toMatchObject({ exitCode: 0, ended: "finished", waves: 3, cardsGained: 4, cardsReady: 4 });
  });

  it("ends with 1 where a host is refused, does not answer, fails or is not ready, and the others are through", async () => {
    const fleet = new ModelFleet(["good", "refused", "dead", "fails", "not ready", "fails once", "good"], rollout({ maxUnavailable: 6 }));
    const summary = await ended(fleet);
    expect(statesIn(summary)).toEqual(["verified", "refused", "unreachable", "failed", "not ready", "failed", "verified"]);
    expect([summary.exitCode, summary.refusals]).toEqual([1, { "no-reset": ["hv-2"] }]);
    await expect(summaryText(summary)).toMatchFileSnapshot("summary.golden.txt");
    // The same work is not tried twice by itself; whoever starts it again has it tried again.
    expect(statesIn(await ended(fleet))[5]).toBe("verified");
  });

  it("ends with 2 where stopAfterFailures keeps the next wave, and says so", async () => {
    const summary = await ended(new ModelFleet(["fails", "good", "good"], rollout({ stopAfterFailures: 1 })));
    expect([summary.exitCode, statesIn(summary)]).toEqual([2, ["failed", "waits", "waits"]]);
    await expect(summaryText(summary)).toMatchFileSnapshot("stopped.golden.txt");
  });

  it("does nothing that nobody said yes to", async () => {
    const fleet = new ModelFleet(["good", "good"], rollout());
    expect(await ended(fleet, new Obliging(fleet, 0))).toMatchObject({ exitCode: 2, says: "nobody said yes", waves: 0 });
    expect(fleet.tried).toEqual([]);
    expect(await ended(fleet, new Obliging(fleet, 1))).toMatchObject({ exitCode: 2, waves: 1 });
    expect(fleet.tried).toEqual([["hv-1"]]);
  });

  it("stops after so many waves, or before the first", async () => {
    const fleet = new ModelFleet(["good", "good", "good", "good"], rollout());
    expect(await ended(fleet, undefined, { maxWaves: 2 })).toMatchObject({ exitCode: 2, says: "2 waves were asked for and carried out", waves: 2 });
    expect(await ended(fleet, undefined, { planOnly: true })).toMatchObject({ exitCode: 2, waves: 0 });
    expect(await ended(fleet, undefined, { maxWaves: 1 })).toMatchObject({ exitCode: 0, waves: 1 });
  });

  it("waits for soaks between waves and not after the last", async () => {
    const fleet = new ModelFleet(["good", "good", "good"], rollout({ maxUnavailable: 1, soakSeconds: 3600 }));
    const watcher = new Obliging(fleet);
    expect(await ended(fleet, watcher)).toMatchObject({ exitCode: 0, waves: 3 });
    expect([watcher.soaked, fleet.previews]).toEqual([2, 6]);
  });

  it("of a stack without a fleet says that there are no waves", async () => {
    const engine: Engine = { preview: async () => undefined, update: async () => undefined };
    expect(summaryOf("dev", await drive(engine, new Obliging(), {}))).toMatchObject({ exitCode: 3, says: expect.stringContaining("there is no GpuFleet in this stack") });
  });

  it("of an engine that cannot work says what it said, and looks again where hosts had moved", async () => {
    for (const [moved, previews] of [[true, 2], [false, 1]] as const) {
      const fleet = new ModelFleet(["good"], rollout());
      const engine: Engine = { preview: (onEvent) => fleet.preview(onEvent), update: async () => ({ says: "the stack is locked", moved }) };
      expect(summaryOf("dev", await drive(engine, new Obliging(), {}))).toMatchObject({ exitCode: 3, says: "the stack is locked", waves: 0 });
      expect(fleet.previews).toBe(previews);
    }
  });
});

const fate = fc.constantFrom<Fate>("good", "good", "good", "refused", "dead", "fails", "fails once", "not ready");
const settings = fc.record({
  canary: fc.nat(3), maxUnavailable: fc.integer({ min: 1, max: 6 }), maxUnavailablePer: fc.constant({}), stopAfterFailures: fc.integer({ min: 1, max: 20 }), soakSeconds: fc.constantFrom(0, 3600),
});

describe("any fleet", () => {
  it("comes to an end, each wave asked for, and with 0 only where every host is proven", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 14 }), settings, async (fates, of) => {
      const fleet = new ModelFleet(fates, of);
      const watcher = new Obliging(fleet);
      const summary = await ended(fleet, watcher);
      expect(watcher.asked).toBe(fleet.tried.length);
      expect(watcher.went).toEqual(fleet.tried.map((wave) => wave.toSorted((one, other) => one.localeCompare(other, "en", { numeric: true }))));
      expect(fleet.tried.length).toBeLessThanOrEqual(4 * fates.length);
      expect(statesIn(summary)).toHaveLength(fates.length);
      expect(summary.exitCode === 0).toBe(statesIn(summary).every((state) => state === "verified"));
      if (summary.ended === "finished") expect(statesIn(summary).filter((state) => state === "waits" || state === "planned")).toEqual([]);
      else expect(summary.says).not.toBe("");
    }), { numRuns: 60 });
  });

  it("that is interrupted in any wave and gone on with ends as it would have", async () => {
    await fc.assert(fc.asyncProperty(fc.array(fate, { minLength: 1, maxLength: 10 }), settings, fc.integer({ min: 1, max: 5 }), fc.nat(3), async (fates, of, inWave, after) => {
      const first = new Obliging();
      const fleet = new ModelFleet(fates, of, { inWave, after, told: () => { first.leaving = true; } });
      first.fleet = fleet;
      const interrupted = await ended(fleet, first);
      if (first.leaving) expect(interrupted).toMatchObject({ exitCode: 2, says: expect.stringContaining("asked to stop") });
      const there = await ended(fleet);
      const whole = await ended(new ModelFleet(fates, of));
      const again = await ended(fleet);
      // A host that fails once is through, or tried again, as a later run finds it.
      const settled = (summary: typeof there): readonly string[] => statesIn(summary).filter((_, at) => !fates[at]!.startsWith("fails"));
      if (whole.ended === "finished" && there.ended === "finished") expect(settled(there)).toEqual(settled(whole));
      if (there.ended === "finished") expect(settled(again)).toEqual(settled(there));
    }), { numRuns: 60 });
  });
});
