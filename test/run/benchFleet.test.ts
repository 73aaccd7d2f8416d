import { describe, expect, it } from "vitest";
import type { HostEnd } from "../../provider/rollout/tally";
import { kinds, member } from "../bench/fleet/kinds";
import { fleetAsJson, fleetAsText, totals, type FleetMeasured, type Stacked } from "../bench/fleet/report";
import type { Look } from "../bench/fleet/serve";
import { changesIn, touchedIn } from "../bench/fleet/stacks";
import { disturbed, wrongWith } from "../bench/fleet/truth";
import { benchOptions, help } from "./benchOptions.mjs";

describe("npm run bench -- --fleet: options", () => {
  it("takes hosts of the fleet, hundred a stack and two stacks at a time, and leaves the rows alone without it", () => {
    expect(benchOptions(["--fleet", "1000"])).toMatchObject({ fleet: 1000, stackSize: 100, stacksAtOnce: 2, json: false });
    expect(benchOptions(["--fleet", "20", "--stack-size", "10", "--stacks-at-once", "4", "--json"])).toMatchObject({ fleet: 20, stackSize: 10, stacksAtOnce: 4, json: true });
    expect(benchOptions([]).fleet).toBeUndefined();
  });

  it.each([
    [["--fleet", "5000"], /--fleet 5000: a number from 1 to 4000/],
    [["--fleet", "0"], /--fleet 0/],
    [["--stack-size", "10"], /--stack-size belongs to --fleet/],
    [["--fleet", "20", "--rounds", "3"], /--rounds has no meaning beside --fleet/],
  ])("says what is wrong with %j", (words, says) => {
    expect(() => benchOptions(words)).toThrow(says);
  });

  it("is in the help", () => {
    for (const option of ["--fleet N", "--stack-size N", "--stacks-at-once N"]) expect(help).toContain(option);
  });
});

describe("npm run bench -- --fleet: hosts", () => {
  it("are the same in every hundred: 2 dead, 1 slow, 5 refused, 10 without a reboot", () => {
    for (const from of [0, 300, 900]) {
      const all = Array.from({ length: 100 }, (_, at) => member(from + at));
      const count = (is: (kind: (typeof all)[number]["kind"]) => boolean): number => all.filter(({ kind }) => is(kind)).length;
      expect([count(({ ends }) => ends === "unreachable"), count(({ name }) => name === "slow"), count(({ ends }) => ends === "refused"), count(({ name }) => name === "at once")]).toEqual([2, 1, 5, 10]);
      expect(count(({ ends, reboots }) => ends === "verified" && reboots === 1)).toBe(83);
    }
  });

  it("have names, addresses and machine ids of their own, and two to nine cards", () => {
    const all = Array.from({ length: 1000 }, (_, index) => member(index));
    for (const of of [(one: (typeof all)[number]) => one.name, (one: (typeof all)[number]) => one.address, (one: (typeof all)[number]) => one.machine.machineId]) expect(new Set(all.map(of)).size).toBe(1000);
    expect([...new Set(all.map(({ wish }) => wish.cards.length))].toSorted()).toEqual([2, 3, 4, 5, 8, 9]);
    for (const { machine, wish } of all.slice(0, 100)) for (const { address } of wish.cards) expect(machine.functions.map((each) => each.address)).toContain(address);
  });
});

const look = (index: number, of: Partial<Look> = {}): Look => ({ index, reboots: 1, logins: 9, transactions: 4, configured: true, bound: member(index).wish.cards.length, ...of });
const end = (state: HostEnd["state"], reboots: number): HostEnd => ({ state, says: "", reboots, gained: 0 });
const placeOf = (name: string): number => kinds.find((kind) => kind.name === name)?.places[0] ?? 0;

describe("npm run bench -- --fleet: what is true of a host", () => {
  it("has nothing to say of hosts that ended as they have to", () => {
    const untouched = { reboots: 0, transactions: 0, configured: false, bound: 0 };
    expect(wrongWith(look(0), end("verified", 1), [])).toBeUndefined();
    expect(wrongWith(look(placeOf("closed"), untouched), end("unreachable", 0), [])).toBeUndefined();
    expect(wrongWith(look(placeOf("bystander"), untouched), end("refused", 0), ["bystander-in-group"])).toBeUndefined();
  });

  it.each([
    ["says nothing of it", look(0), undefined, []],
    ["ended as refused, not as verified", look(0), end("refused", 1), []],
    ["the rollout counts 1 reboots, the host 2", look(0, { reboots: 2 }), end("verified", 1), []],
    ["rebooted 2 times, not 1", look(0, { reboots: 2 }), end("verified", 2), []],
    ["1 of 2 cards are on vfio-pci", look(0, { bound: 1 }), end("verified", 1), []],
    ["kernel arguments are not ours", look(0, { configured: false }), end("verified", 1), []],
    ["not because of bystander-in-group", look(placeOf("bystander"), { reboots: 0 }), end("refused", 0), ["iommu-firmware-off"]],
    ["touched, though nothing was to be done", look(placeOf("bystander"), { reboots: 0, bound: 0, transactions: 1, configured: false }), end("refused", 0), ["bystander-in-group"]],
  ] as const)("says of a host: %s", (says, of, ended, because) => {
    expect(wrongWith(of, ended, because)).toContain(says);
  });

  it("tells a second run that did something from one that only read", () => {
    expect(disturbed(look(3), look(3, { logins: 12 }))).toBeUndefined();
    expect(disturbed(look(3), look(3, { transactions: 5 }))).toMatch(/^hv-0004: the second up did something there: .*4 transactions.*then.*5 transactions/);
  });
});

describe("npm run bench -- --fleet: what the engine said", () => {
  it("counts what is in the last block of a preview", () => {
    expect(changesIn("...\nResources:\n    + 12 to create\n\nResources:\n    + 5 to create\n    ~ 1 to update\n    20 unchanged\n")).toEqual({ create: 5, update: 1, unchanged: 20 });
    expect(changesIn("error: nothing came of it")).toEqual({});
  });

  it("names hosts that an update did anything for, once each, and none of its preview", () => {
    const event = (op: string, name: string, planning = false): string => JSON.stringify({ resOutputsEvent: { planning, metadata: { op, urn: `urn:pulumi:dev::test::gpuhost:index:GpuHost$x:y::${name}` } } });
    const lines = [event("update", "hv-0009", true), event("same", "hv-0001"), event("update", "hv-0003"), event("update", "hv-0003"), event("create", "hv-0002"), JSON.stringify({ cancelEvent: {} }), ""];
    expect(touchedIn(lines.join("\n"))).toEqual(["hv-0002", "hv-0003"]);
  });
});

describe("npm run bench -- --fleet: report", () => {
  const stack = (from: number, refused: readonly string[]): Stacked => ({
    from, count: 2, seconds: 60, again: { seconds: 10, touched: refused },
    summary: {
      stack: "dev", exitCode: 1, ended: "finished", says: "", waves: 2, reboots: 1, cardsGained: 2, cardsReady: 2,
      hosts: { a: end("verified", 1), b: end(refused.length > 0 ? "refused" : "unreachable", 0) }, refusals: refused.length > 0 ? { "bystander-in-group": refused } : {},
    },
  });
  const measured: FleetMeasured = {
    hosts: 4, stackSize: 2, stacksAtOnce: 2, machine: "2 x Some CPU", bed: { seconds: 1, megabytes: 300 }, kinds: { reboots: 3, closed: 1 },
    preview: { seconds: 2, changes: { create: 20 }, says: "1 of 4 hosts unreachable: x.", peaks: { engine: 200_000 } },
    rollout: { seconds: 130, peaks: { engine: 300_000, together: 900_000 }, stacks: [stack(0, ["b"]), stack(2, [])] }, failures: ["hv-0001: no"],
  };

  it("adds the stacks up", () => {
    expect(totals([stack(0, ["b"]), stack(2, [])])).toEqual({ ended: { verified: 2, refused: 1, unreachable: 1 }, refusals: { "bystander-in-group": 1 }, reboots: 2, rebooted: 2, cardsReady: 4 });
  });

  it("gives one JSON object with hosts by what happened, memory, times, and what a second up touched", () => {
    expect(JSON.parse(fleetAsJson(measured))).toMatchObject({
      hosts: 4, failures: ["hv-0001: no"], preview: { seconds: 2, peakMegabytes: { engine: 200 } },
      rollout: { seconds: 130, peakMegabytes: { together: 900 }, ended: { verified: 2 }, refusals: { "bystander-in-group": 1 }, stacks: [{ from: 1, touchedBySecondUp: ["b"] }, { from: 3, touchedBySecondUp: [] }] },
    });
  });

  it("tells people the same", () => {
    const text = fleetAsText(measured);
    expect(text).toContain("hosts: verified 2, refused 1, unreachable 1; rebooted 2 (2 reboots); cards ready 4; refused because of: bystander-in-group 1");
    expect(text).toContain("| 1 to 2 | 2 | 60.0 | 10.0 | b |");
    expect(text).toContain("peak memory: engine 300 MB, together 900 MB");
    expect(text).toContain("FAILED  hv-0001: no");
  });
});
