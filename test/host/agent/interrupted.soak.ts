import { describe, expect, it } from "vitest";
import { killEverywhere } from "./killing";
import { interpreters } from "./tree";

describe.each(interpreters)("a transaction under %s that is killed", (interpreter) => {
  it.each(["before", "after"] as const)("%s any command: every file is whole, and the next transaction puts everything back", async (when) => {
    expect(await killEverywhere(interpreter, when, 1, 1)).toBeGreaterThan(60);
  }, 3_600_000);

  it.each(["before", "after"] as const)("%s any command: the next transaction continues where that was planned on what was left", async (when) => {
    expect(await killEverywhere(interpreter, when, 1, 1, "continued")).toBeGreaterThan(60);
  }, 3_600_000);
});
