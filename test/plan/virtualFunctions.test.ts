import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { refused } from "../../provider/plan/plan";
import { planVirtualFunctions, undoVirtualFunctions, type VirtualFunctionsDesired } from "../../provider/plan/virtualFunctions";
import { goldenCases } from "./golden";
import { ModelVirtualHost } from "./modelVirtual";

describe("golden plans of VirtualFunctions", () => goldenCases("virtualFunctions", planVirtualFunctions, undoVirtualFunctions));

const driver = fc.constantFrom("vfio-pci", "mlx5_vfio_pci", "host", "none");
const cards = ["0000:41:00.0", "0000:61:00.0"] as const;
const wish: fc.Arbitrary<VirtualFunctionsDesired> = fc.record({
  physicalFunctions: fc.subarray([...cards], { minLength: 1 }).chain((addresses) => fc.tuple(...addresses.map((address) =>
    fc.record({ address: fc.constant(address), id: fc.constant("1002:740f"), count: fc.integer({ min: 0, max: 4 }), driver, acknowledge: fc.constant([]) })))),
  when: fc.constantFrom("now", "nextBoot"),
});
const host = fc.record({ before: fc.integer({ min: 0, max: 4 }), autoprobe: fc.boolean() });
// Inside the property, since a model changes and a shrunk case begins anew.
const modelOf = ({ before, autoprobe }: { readonly before: number; readonly autoprobe: boolean }): ModelVirtualHost => new ModelVirtualHost(cards, before, autoprobe);

function applied(model: ModelVirtualHost, wanted: VirtualFunctionsDesired): void {
  const plan = planVirtualFunctions(model.facts, wanted);
  expect(plan.findings.filter(({ severity }) => severity === "refuse")).toEqual([]);
  const spoken = Object.keys(plan.lines).flatMap((line) => /^device (\S+)/.exec(line)?.[1] ?? []);
  for (const step of plan.steps) {
    if (step.kind === "setVirtualFunctions") expect(spoken).toContain(step.address);
    if (step.kind === "rebind") expect(spoken).toEqual(expect.arrayContaining(step.functions.map(({ address }) => address)));
    if (step.kind === "writeFile") expect(Object.keys(plan.lines)).toContain(`file ${step.path}`);
  }
  model.carryOut(plan.steps);
}

describe("VirtualFunctions on a model host", () => {
  it("leaves nothing to do, is what was asked for, and stays so over a boot", () => {
    fc.assert(fc.property(host, wish, (options, wanted) => {
      const model = modelOf(options);
      applied(model, wanted);
      const then = planVirtualFunctions(model.facts, wanted);
      expect(then).toMatchObject({ steps: [], lines: {} });
      model.boot();
      expect(planVirtualFunctions(model.facts, wanted)).toMatchObject({ steps: [], observed: then.observed });
      for (const { address, count, driver: of } of wanted.physicalFunctions) {
        expect(model.card(address).functions.length).toBe(count);
        const drivers = model.card(address).functions.map((each) => each.driver);
        if (of !== "host") expect(new Set(drivers)).toEqual(new Set(count === 0 ? [] : [of === "none" ? undefined : of]));
      }
    }), { numRuns: 300 });
  });

  it("says that they are alone only when all that were asked for are there", () => {
    const model = new ModelVirtualHost(cards, 0, true);
    const wanted: VirtualFunctionsDesired = { physicalFunctions: [{ address: cards[0], id: "1002:740f", count: 2, driver: "vfio-pci", acknowledge: [] }], when: "nextBoot" };
    const alone = (): unknown => planVirtualFunctions(model.facts, wanted).outputs?.["alone"];
    applied(model, wanted);
    expect(alone()).toBe(false);
    model.boot();
    expect(alone()).toBe(true);
  });

  it("goes from one wish to another and back to what was there", () => {
    fc.assert(fc.property(host, wish, wish, fc.boolean(), (options, first, second, boots) => {
      const model = modelOf(options);
      const before = model.state();
      applied(model, { ...first, when: "now" });
      if (boots) model.boot();
      applied(model, { ...second, when: "now" });
      expect(planVirtualFunctions(model.facts, { ...second, when: "now" }).steps).toEqual([]);
      const undo = undoVirtualFunctions(model.facts, second);
      expect(refused(undo)).toBe(false);
      model.carryOut(undo.steps);
      expect(model.files).toEqual(new Map());
      expect([undoVirtualFunctions(model.facts, second).steps, model.facts.journal.virtual ?? []]).toEqual([[], []]);
      if (!boots) expect(model.state()).toEqual(before);
    }), { numRuns: 300 });
  });

  it("never takes one from a guest: what it has is named, and it goes on having it", () => {
    fc.assert(fc.property(host, wish, wish, fc.nat(), (options, first, second, at) => {
      const model = modelOf(options);
      applied(model, { ...first, when: "now" });
      const there = cards.flatMap((address) => model.card(address).functions.map((each) => ({ address: each.address, driver: each.driver })));
      fc.pre(there.length > 0);
      const held = there[at % there.length];
      if (held === undefined) return;
      model.hold(held.address);
      const plan = planVirtualFunctions(model.facts, { ...second, when: "now" });
      if (!refused(plan)) model.carryOut(plan.steps);
      else expect(plan.findings.some(({ severity, says }) => severity === "refuse" && says.includes(held.address) && says.includes("guest server"))).toBe(true);
      expect(cards.flatMap((address) => model.card(address).functions)).toContainEqual(expect.objectContaining(held));
    }), { numRuns: 300 });
  });
});
