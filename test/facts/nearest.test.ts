import fc from "fast-check";
import { expect, it } from "vitest";
import { distance, nearest } from "../../provider/facts/nearest";

it.each([
  ["VPGU", "VGPU"], ["shouldexist", "shouldExist"], ["should_exist", "shouldExist"], ["hw:cpu_polcy", "hw:cpu_policy"], ["drivr", "driver"], ["color", undefined],
])("%s is read as %s", (name, meant) => {
  expect(nearest(name, ["shouldExist", "hw:cpu_policy", "driver", "VCPU", "VGPU", "PGPU"])).toBe(meant);
});

it("counts edits the same from both sides, none for the same and at most all letters", () => {
  const text = fc.string({ unit: fc.constantFrom("a", "b", "_"), maxLength: 8 });
  fc.assert(fc.property(text, text, (a, b) => {
    expect(distance(a, b)).toBe(distance(b, a));
    expect(distance(a, b) === 0).toBe(a === b);
    expect(distance(a, b)).toBeLessThanOrEqual(Math.max(a.length, b.length));
    expect(distance(a, b)).toBeGreaterThanOrEqual(Math.abs(a.length - b.length));
  }));
});
