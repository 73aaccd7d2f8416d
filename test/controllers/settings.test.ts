import { afterEach, describe, expect, it } from "vitest";
import { configureWith, declaredGone, goneHosts, stackSecret } from "../../provider/controllers/settings";

afterEach(() => {
  configureWith({ config: { get: () => undefined } });
  delete process.env["GPUHOST_GONE_HOSTS"];
});

describe("hosts declared gone", () => {
  it.each([
    ["a list", '["h1","h2"]', ["h1", "h2"]],
    ["names separated by commas", "h1, h2", ["h1", "h2"]],
    ["nothing", "", []],
    ["no setting", undefined, []],
  ])("are read from %s", (_form, text, names) => {
    expect(goneHosts(text)).toEqual(names);
  });

  it.each(["[1]", "[oops"])("are never guessed: %s", (text) => {
    expect(() => goneHosts(text)).toThrow(/gpuhost:goneHosts must be a list of host names/);
  });

  it("come from stack config and from the environment, and nobody else is gone", () => {
    configureWith({ config: { get: (key: string) => (key === "gpuhost:goneHosts" ? '["h1"]' : undefined) } });
    process.env["GPUHOST_GONE_HOSTS"] = "h2";
    expect(["h1", "h2", "h3"].map(declaredGone)).toEqual([true, true, false]);
  });
});

it("secrets of the stack come by name", () => {
  configureWith({ config: { get: (key: string) => (key === "pass" ? "word" : undefined) } });
  expect([stackSecret("pass"), stackSecret("other")]).toEqual(["word", undefined]);
});
