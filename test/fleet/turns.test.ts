import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HostState } from "../../provider/fleet/hostState";
import { numberOf, type FleetMember, type Rollout } from "../../provider/fleet/rollout";
import { courseOf } from "../../provider/fleet/turns";
import { wavesOf } from "../../provider/fleet/waves";

const plain: Rollout = { canary: 1, maxUnavailable: 2, maxUnavailablePer: {}, stopAfterFailures: 1, soakSeconds: 0 };
const fleetOf = (count: number): FleetMember[] => Array.from({ length: count }, (_, at) => ({ name: `hv${at + 1}`, domains: { rack: [`r${(at % 2) + 1}`] } }));
const all = (fleet: readonly FleetMember[], state: HostState["state"], but: Record<string, Partial<HostState> & Pick<HostState, "state">> = {}): Map<string, HostState> =>
  new Map(fleet.map(({ name }) => [name, { says: "", state, ...but[name] }]));

describe("waves", () => {
  it("are the canary, then as many as may be away together", () => {
    expect(wavesOf(fleetOf(6), plain)).toEqual([["hv1"], ["hv2", "hv3"], ["hv4", "hv5"], ["hv6"]]);
    expect(wavesOf(fleetOf(5), { ...plain, canary: ["hv4"] })).toEqual([["hv4"], ["hv1", "hv2"], ["hv3", "hv5"]]);
    expect(wavesOf(fleetOf(3), { ...plain, canary: 0, maxUnavailable: "100%" })).toEqual([["hv1", "hv2", "hv3"]]);
  });

  it("take so many hosts of each rack and no more", () => {
    expect(wavesOf(fleetOf(6), { ...plain, canary: 0, maxUnavailable: 6, maxUnavailablePer: { rack: 1 } })).toEqual([["hv1", "hv2"], ["hv3", "hv4"], ["hv5", "hv6"]]);
  });

  it("read a share as one host at least, rounded down", () => {
    expect(["10%", "34%", "0%", "100%"].map((share) => numberOf(share as `${number}%`, 9))).toEqual([1, 3, 1, 9]);
  });
});

describe("whose turn it is", () => {
  const fleet = fleetOf(6);

  it("is the canary's alone at first", () => {
    const course = courseOf(fleet, all(fleet, "pending"), plain, 0);
    expect(course).toMatchObject({ wave: 1, waves: 4, going: ["hv1"] });
    expect(course.waiting.get("hv6")).toBe("waits for wave 4 of 4");
  });

  it("passes to the next wave when every host before is done, or refused by a rule", () => {
    expect(courseOf(fleet, all(fleet, "pending", { hv1: { state: "done" }, hv2: { state: "refused" }, hv3: { state: "done" } }), plain, 0).going).toEqual(["hv4", "hv5"]);
  });

  it("does not pass where every canary is refused: nothing was tried on one", () => {
    const course = courseOf(fleet, all(fleet, "pending", { hv1: { state: "refused" } }), plain, 0);
    expect(course.going).toEqual([]);
    expect(course.stopped).toBe("every canary is refused (hv1), so nothing was tried on one");
  });

  it("leaves no room for a host whose rack has one that is away, of whichever wave", () => {
    const rollout: Rollout = { ...plain, canary: ["hv1"], maxUnavailable: 6, maxUnavailablePer: { rack: 1 } };
    const course = courseOf(fleet, all(fleet, "pending", { hv5: { state: "unreachable" } }), rollout, 0);
    expect(course.going).toEqual([]);
    expect(course.waiting.get("hv1")).toBe("waits for wave 1 of 4: beside the hosts that are away there is no room in rack r1");
  });

  it("stays where it is while a host before it failed, which is tried again", () => {
    const course = courseOf(fleet, all(fleet, "pending", { hv1: { state: "failed", says: "the disk is full" } }), plain, 0);
    expect(course.going).toEqual(["hv1"]);
    expect(course.stopped).toContain("hv1");
    expect([...course.failed]).toEqual([["hv1", "the disk is full"]]);
  });

  it("is also that of the healthy hosts beside one that failed", () => {
    expect(courseOf(fleet, all(fleet, "pending", { hv1: { state: "done" }, hv2: { state: "failed" } }), plain, 0).going).toEqual(["hv2", "hv3"]);
  });

  it("passes on with fewer failures than stop it, and with so much less room", () => {
    const course = courseOf(fleet, all(fleet, "pending", { hv1: { state: "unreachable" } }), { ...plain, stopAfterFailures: 2 }, 0);
    expect(course.going).toEqual(["hv2"]);
    expect(course.waiting.get("hv3")).toBe("waits for wave 2 of 4: beside the hosts that are away there is no room in the fleet");
  });

  it("begins when the wave before was watched for long enough", () => {
    const states = all(fleet, "pending", { hv1: { state: "done", touchedAt: 1000 } });
    expect(courseOf(fleet, states, { ...plain, soakSeconds: 60 }, 1059).stopped).toContain("1970-01-01T00:17:40Z");
    expect(courseOf(fleet, states, { ...plain, soakSeconds: 60 }, 1060).going).toEqual(["hv2", "hv3"]);
  });

  it("is nobody's when all is done", () => {
    expect(courseOf(fleet, all(fleet, "done"), plain, 0)).toMatchObject({ wave: undefined, going: [], stopped: undefined });
  });
});

const anyFleet = fc.integer({ min: 1, max: 25 }).chain((count) => fc.array(fc.record({ rack: fc.constantFrom("r1", "r2", "r3"), zone: fc.constantFrom("a", "b") }), { minLength: count, maxLength: count }))
  .map((places) => places.map(({ rack, zone }, at): FleetMember => ({ name: `hv${at}`, domains: { rack: [rack], zone: [zone] } })));
const amount = fc.oneof(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 0, max: 100 }).map((share) => `${share}%` as const));
const anyRollout: fc.Arbitrary<Rollout> = fc.record({
  canary: fc.integer({ min: 0, max: 3 }), maxUnavailable: amount, stopAfterFailures: amount, soakSeconds: fc.constant(0),
  maxUnavailablePer: fc.oneof(fc.constant({}), amount.map((rack) => ({ rack })), amount.map((zone) => ({ zone }))),
});

/** The most of any domain, and of the fleet, that these hosts fill beyond what is allowed. */
function over(names: readonly string[], fleet: readonly FleetMember[], { maxUnavailable, maxUnavailablePer }: Rollout): number {
  const of = (members: readonly FleetMember[], most: Rollout["maxUnavailable"]): number => names.filter((name) => members.some((one) => one.name === name)).length - numberOf(most, members.length);
  const places = Object.entries(maxUnavailablePer).flatMap(([domain, most]) =>
    [...new Set(fleet.flatMap((one) => one.domains[domain] ?? []))].map((value) => of(fleet.filter((one) => one.domains[domain]?.includes(value)), most)));
  return Math.max(of(fleet, maxUnavailable), ...places);
}

describe("any fleet", () => {
  it("is divided so that every host is in one wave, and no wave is larger than what may be away", () => {
    fc.assert(fc.property(anyFleet, anyRollout, (fleet, rollout) => {
      const waves = wavesOf(fleet, rollout);
      expect(waves.flat().toSorted()).toEqual(fleet.map(({ name }) => name).toSorted());
      for (const wave of waves) expect(over(wave, fleet, rollout)).toBeLessThanOrEqual(0);
    }));
  });

  it("never has more hosts go than may be away beside those that are, and never one of a later wave", () => {
    const states = fc.array(fc.constantFrom<HostState["state"]>("done", "pending", "failed", "refused", "unreachable"), { minLength: 25, maxLength: 25 });
    fc.assert(fc.property(anyFleet, anyRollout, states, (fleet, rollout, drawn) => {
      const of = new Map(fleet.map(({ name }, at): [string, HostState] => [name, { state: drawn[at] ?? "done", says: "" }]));
      const { going, waiting, wave, waves } = courseOf(fleet, of, rollout, 0);
      const all = wavesOf(fleet, rollout);
      const reached = all.slice(0, wave ?? waves).flat();
      expect(going.every((name) => reached.includes(name))).toBe(true);
      const fresh = going.filter((name) => of.get(name)?.state === "pending");
      const away = fleet.map(({ name }) => name).filter((name) => ["failed", "unreachable"].includes(of.get(name)?.state ?? ""));
      if (fresh.length > 0) expect(over([...fresh, ...away], fleet, rollout)).toBeLessThanOrEqual(Math.max(0, over(away, fleet, rollout)));
      const undone = fleet.filter(({ name }) => ["pending", "failed"].includes(of.get(name)?.state ?? ""));
      expect([...going, ...waiting.keys()].toSorted()).toEqual(undone.map(({ name }) => name).toSorted());
    }), { numRuns: 500 });
  });

  it("is done after as many runs as it has waves when nothing fails", () => {
    fc.assert(fc.property(anyFleet, anyRollout, (fleet, rollout) => {
      const states = all(fleet, "pending");
      const waves = wavesOf(fleet, rollout).length;
      for (let run = 0; run < waves; run += 1) {
        for (const name of courseOf(fleet, states, rollout, 0).going) states.set(name, { state: "done", says: "" });
      }
      expect([...states.values()].every(({ state }) => state === "done")).toBe(true);
    }));
  });
});
