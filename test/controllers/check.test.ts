import { describe, expect, it } from "vitest";
import type { Aspect } from "../../provider/controllers/aspect";
import { check } from "../../provider/controllers/check";
import { changes } from "../../provider/controllers/diff";
import { UNKNOWN, type Inputs, type Outputs } from "../../provider/controllers/record";

const aspect: Aspect<unknown> = {
  kind: "Test",
  outputs: ["ready"],
  parse: (inputs) => {
    const count = (inputs as { count?: unknown }).count;
    return count === undefined || typeof count === "number" ? { desired: {} } : { errors: [{ path: "count", reason: "must be a number." }] };
  },
  plan: () => ({ steps: [], lines: {}, observed: "", findings: [] }),
  undo: () => ({ steps: [], lines: {}, observed: "", findings: [] }),
};
const inputs = (of: Partial<Inputs>): Inputs => ({
  connection: { host: "h" }, proposal: "planned", plan: { host: "do it" }, observed: "bad", identity: "machine", onDelete: {}, ...of,
});
const outputs = (of: Partial<Outputs>): Outputs => ({
  ...inputs({}), observed: "good", status: "applied", says: "", touched: true, seen: "as recorded", findings: [], ready: true, ...of,
} as Outputs);
const checked = (olds: Partial<Inputs>, news: Partial<Inputs>): Record<string, unknown> => ({ ...check(aspect, olds, inputs(news)).inputs });

describe("check", () => {
  it("reports bad input with the path of the field", () => {
    expect(check(aspect, {}, inputs({ count: "three" })).failures).toEqual([{ property: "count", reason: "must be a number." }]);
  });

  it("asks for a connection", () => {
    expect(check(aspect, {}, inputs({ connection: undefined })).failures?.map(({ property }) => property)).toEqual(["connection"]);
  });

  it("lets a value through that is not known yet, at any depth", () => {
    expect(check(aspect, {}, inputs({ count: UNKNOWN })).failures).toBeUndefined();
    expect(checked({}, { plan: UNKNOWN as never, proposal: UNKNOWN as never, identity: UNKNOWN })).toMatchObject({ plan: UNKNOWN, identity: UNKNOWN });
  });

  it("keeps the plan that brought the host there while the host agrees", () => {
    expect(checked(inputs({}), { proposal: "converged", plan: {}, observed: "good" })["plan"]).toEqual({ host: "do it" });
  });

  it("does not pass off a plan that was never carried out for one that was", () => {
    expect(checked(inputs({ proposal: "refused" }), { proposal: "converged", plan: {} })["plan"]).toEqual({ host: "as wanted, nothing to do" });
  });

  it("shows the same plan again, however often it comes", () => {
    const second = checked(inputs({}), {});
    expect(second["plan"]).toEqual({ host: "again: do it" });
    expect(checked(second as Inputs, {})["plan"]).toEqual({ host: "do it" });
  });

  it("refuses another machine at the address, and goes on refusing it", () => {
    const first = checked(inputs({}), { identity: "other" });
    expect(first).toMatchObject({ proposal: "refused", identity: "machine" });
    expect(checked(first as Inputs, { identity: "other" })).toMatchObject({ proposal: "refused", identity: "machine" });
  });

  it("takes any machine after a host that was refused from the start", () => {
    const refused = checked({}, { proposal: "refused" });
    expect(checked(refused as Inputs, { identity: "other" })).toMatchObject({ proposal: "planned", identity: "other" });
  });
});

describe("diff", () => {
  it.each<[string, Partial<Outputs>, Partial<Inputs>, boolean]>([
    ["something is to be done", {}, { proposal: "planned" }, true],
    ["host and stack agree", {}, { proposal: "converged", observed: "good" }, false],
    ["host and stack agree, and the order of keys differs", { a: { x: 1, y: 2 } }, { a: { y: 2, x: 1 }, proposal: "converged", observed: "good" }, false],
    ["what was proven is not what is seen", {}, { proposal: "converged", observed: "better" }, true],
    ["a field was added", {}, { proposal: "converged", observed: "good", count: 1 }, true],
    ["a field was taken away", { count: 1 }, { proposal: "converged", observed: "good" }, true],
    ["an output is no field", { ready: false }, { proposal: "converged", observed: "good" }, false],
    ["the last run did not get through", { status: "skipped" }, { proposal: "converged", observed: "good" }, true],
    ["the last run failed", { status: "failed" }, { proposal: "converged", observed: "good" }, true],
    ["a verdict stands", { status: "not-ready" }, { proposal: "converged", observed: "good" }, false],
    ["it is refused now", {}, { proposal: "refused", plan: { host: "no" } }, true],
    ["it is refused as before", { proposal: "refused", plan: { host: "no" } }, { proposal: "refused", plan: { host: "no" } }, false],
    ["it is refused for another reason", { proposal: "refused", plan: { host: "no" } }, { proposal: "refused", plan: { host: "never" } }, true],
    ["a value is not known yet", {}, { count: UNKNOWN, proposal: UNKNOWN as never, plan: UNKNOWN as never }, true],
    ["it was skipped, and would be again", { status: "skipped", gate: ["Test: refused"] }, { proposal: "converged", observed: "better", gate: ["Test: refused"] }, false],
    ["it was skipped, and the way may be free", { status: "skipped", gate: ["Test: refused"] }, { proposal: "converged", observed: "good", gate: [UNKNOWN] }, true],
    ["it was skipped, and the way is free", { status: "skipped", gate: ["Test: applied"] }, { proposal: "converged", observed: "good", gate: ["Test: applied"] }, true],
    ["only the gate differs", {}, { proposal: "converged", observed: "good", gate: [UNKNOWN] }, false],
  ])("when %s", (_when, olds, news, expected) => {
    expect(changes(aspect, outputs(olds), inputs(news))).toBe(expected);
  });
});
