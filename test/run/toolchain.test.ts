import { expect, it } from "vitest";

it.each([
  ["v3.255.0", true], ["v3.259.0", true], ["3.300.1-dev.4", true], ["v4.0.0", true],
  ["v3.254.9", false], ["v2.999.0", false], ["", false], ["unknown", false], [undefined, false],
])("pulumi %s on PATH is new enough: %s", async (version, expected) => {
  const { newEnough } = await import("./toolchain.mjs");
  expect(newEnough(version)).toBe(expected);
});
