import { readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { decide } from "../../provider/rollout/decision";
import { happenings, type EngineEvent } from "../../provider/rollout/happening";
import { changeLine, counts, progressTable, remaining } from "../../provider/rollout/progress";
import { states } from "../../provider/rollout/standing";
import { View } from "../../provider/rollout/view";

/** Events of a real engine: four hosts, of which hv-2 is refused, hv-3 does not answer, and hv-4 does not go down for its reboot. */
const recorded = (name: string): readonly EngineEvent[] => JSON.parse(readFileSync(join(__dirname, "cases", `${name}.json`), "utf8")) as EngineEvent[];
const canary = [...recorded("canary.preview"), ...recorded("canary.update")];
const failing = [...recorded("rebootThatFails.preview"), ...recorded("rebootThatFails.update")];

function viewOf(events: readonly EngineEvent[]): { view: View; lines: string } {
  const view = new View();
  const lines = events.flatMap((event) => view.take(event).flatMap((change) => changeLine(change) ?? []));
  return { view, lines: `${[...lines, counts(view)].join("\n")}\n` };
}

describe("what is seen of a wave", () => {
  it("is a line for each change of a host's state", async () => {
    await expect(`${viewOf(canary).lines}\n${viewOf(failing).lines}`).toMatchFileSnapshot("progress.golden.txt");
  });

  it("is a table of who is at what while it is on, as wide and as high as there is room", async () => {
    const moments = [/VfioBinding: building the image/, /HostReboot: the host is going down/, /runs as wanted/].map((at) => {
      const { view } = viewOf(canary.slice(0, canary.findIndex(({ diagnosticEvent }) => at.test(diagnosticEvent?.message ?? "")) + 1));
      return progressTable(view, view.hosts, { rows: 20, columns: 110 }).join("\n");
    });
    await expect(`${moments.join("\n\n")}\n`).toMatchFileSnapshot("table.golden.txt");
    const { view } = viewOf(canary);
    fc.assert(fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 4, max: 200 }), (rows, columns) => {
      const lines = progressTable(view, view.hosts, { rows, columns });
      expect(lines.length).toBeLessThanOrEqual(rows);
      expect(lines.filter((line) => line.length > columns)).toEqual([]);
    }));
  });

  it("counts reboots that came back, and cards that no record called ready", () => {
    const { view } = viewOf(canary);
    expect([view.reboots, view.cards("hv-1"), view.cards("hv-2")]).toEqual([["hv-1"], { ready: ["0000:65:00.0"], gained: ["0000:65:00.0"] }, { ready: [], gained: [] }]);
    const later = viewOf(failing).view;
    expect([later.reboots, later.cards("hv-1")]).toEqual([[], { ready: ["0000:65:00.0"], gained: [] }]);
  });

  it("keeps hosts apart that are reached at one address, by ports", () => {
    const hosts = viewOf(canary).view.hosts;
    const at = (text: string): string => text.replace(/"host":"[^"]*"/g, '"host":"127.0.0.1"');
    const { view } = viewOf(JSON.parse(at(JSON.stringify(canary))) as EngineEvent[]);
    expect(view.hosts).toEqual(hosts);
  });

  it("knows which wave it is, what there is to do, and what of it was tried", () => {
    const previewed = viewOf(recorded("rebootThatFails.preview")).view;
    expect(previewed.fleets).toEqual([{ what: "announced", fleet: "region", wave: 3, waves: 3 }]);
    expect([[...previewed.work.keys()], [...previewed.tried]]).toEqual([["hv-4"], []]);
    expect(decide(previewed, new Map())).toEqual({ next: "wave", hosts: ["hv-4"], others: 0 });
    const { view } = viewOf(failing);
    expect([[...view.tried], view.standing("hv-4")]).toEqual([["hv-4"], { state: "failed", says: expect.stringContaining("did not go down within 29 s") }]);
  });

  it("sees that a host is tried again with less to do than before, and then with the same", () => {
    const before = viewOf(recorded("rebootThatFails.preview")).view;
    const after = viewOf(recorded("afterIt.preview")).view;
    const tried = new Map([["hv-4", { text: before.work.get("hv-4")!, times: 1 }]]);
    expect(decide(after, tried)).toEqual({ next: "wave", hosts: ["hv-4"], others: 0 });
    expect(decide(after, new Map([["hv-4", { text: after.work.get("hv-4")!, times: 2 }]]))).toEqual({ next: "end", stopped: undefined });
    expect(decide(after, new Map([["hv-4", { text: "another", times: 4 }]]))).toEqual({ next: "end", stopped: undefined });
  });

  it("has every host in one known state after every event, however the events of hosts come between each other", () => {
    const [preview, update, end] = [recorded("canary.preview"), recorded("canary.update"), counts(viewOf(canary).view)];
    fc.assert(fc.property(fc.infiniteStream(fc.nat()), (picks) => {
      // Each resource's own events stay in order.
      const queues = new Map<string, EngineEvent[]>();
      for (const event of update) {
        const urn = (event.resourcePreEvent ?? event.resOutputsEvent ?? event.resOpFailedEvent)?.metadata.urn ?? "";
        const host = /::(hv-\d)$/.exec(urn)?.[1] ?? /^(hv-\d) /.exec(event.diagnosticEvent?.message ?? "")?.[1] ?? "";
        queues.set(host, [...(queues.get(host) ?? []), event]);
      }
      const { view } = viewOf(preview);
      for (let left = [...queues.values()]; left.length > 0; left = left.filter((queue) => queue.length > 0)) {
        view.take(left[picks.next().value! % left.length]!.shift()!);
        expect(view.hosts.map((host) => states.includes(view.standing(host).state))).toEqual([true, true, true, true]);
      }
      expect(counts(view)).toBe(end);
    }), { numRuns: 25 });
  });
});

describe("an event", () => {
  it("of any text is read without harm", () => {
    fc.assert(fc.property(fc.string(), fc.constantFrom("info", "warning", "error", "info#err"), (message, severity) => {
      const found = happenings({ diagnosticEvent: { message, severity } });
      expect(found.filter(({ what }) => what === "step")).toEqual([]);
    }));
  });

  it("is understood with the engine's marks for colors", () => {
    const of = (message: string, severity: string): readonly unknown[] => happenings({ diagnosticEvent: { message, severity } });
    expect(of("<{%reset%}>GpuFleet region: wave 1 of 3 goes now (1 host: hv-1); 2 hosts wait for a later run.<{%reset%}>\n", "info#err")).toEqual([{ what: "announced", fleet: "region", wave: 1, waves: 3 }]);
    expect(of("<{%fg 1%}>error: <{%reset%}><{%reset%}>the disk is full<{%reset%}>\n", "error")).toEqual([{ what: "trouble", text: "error: the disk is full" }]);
    expect(of("<{%reset%}>127.0.0.1 KernelArguments: step 1 of 2: writeFile<{%reset%}>\n", "info")).toEqual([{ what: "progress", connection: "127.0.0.1", kind: "KernelArguments", line: "step 1 of 2: writeFile" }]);
  });

  it("of a component, a provider or a read is no work", () => {
    const view = new View();
    const step = (op: string, type: string, custom: boolean): EngineEvent => ({ resourcePreEvent: { planning: true, metadata: { op, type, urn: `urn:pulumi:dev::test::${type}::one`, new: { custom, inputs: {}, outputs: {} } } } });
    for (const event of [step("create", "my:index:Component", false), step("create", "pulumi:providers:aws", true), step("read", "aws:s3/bucket:Bucket", true)]) view.take(event);
    expect([...view.work]).toEqual([]);
    view.take(step("create", "aws:s3/bucket:Bucket", true));
    expect(decide(view, new Map())).toEqual({ next: "wave", hosts: [], others: 1 });
  });

  it("of the engine's own trouble is passed on, and what hosts say themselves is not said twice", () => {
    const host = "urn:pulumi:dev::test::gpuhost:index:GpuHost$pulumi-nodejs:dynamic/gpuhost:HostReboot::hv-4";
    const of = (message: string, urn?: string): readonly unknown[] => happenings({ diagnosticEvent: { message, severity: "error", urn } });
    expect(of("resource urn:pulumi:x violates plan: properties changed: ~~plan\n", host)).toEqual([{ what: "trouble", text: "resource urn:pulumi:x violates plan: properties changed: ~~plan" }]);
    expect(of("2 of 4 hosts refused: hv-1, hv-2.")).toEqual([]);
    expect(of("expected resource operations for urn:pulumi:dev::test::gpuhost:index:GpuHost$pulumi-nodejs:dynamic/gpuhost:HostReboot::hv-3 but none were seen")).toEqual([]);
    expect(of("1 error occurred:\n\t* hv-4: did not go down\n\n", host)).toEqual([]);
  });
});

it.each([[-3, "0 s"], [0.2, "1 s"], [59, "59 s"], [60, "1 min 00 s"], [3661, "1 h 01 min 01 s"], [90_000, "25 h 00 min 00 s"]])("a countdown at %d seconds says %s", (seconds, says) => {
  expect(remaining(seconds)).toBe(says);
});
