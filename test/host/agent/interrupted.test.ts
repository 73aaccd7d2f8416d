import { describe, expect, it } from "vitest";
import { killEverywhere } from "./killing";

// Every command of it, under every shell: interrupted.soak.ts.
describe("a transaction that is killed", () => {
  it("leaves every file whole, and the next transaction puts everything back", async () => {
    expect(await killEverywhere("dash", "after", 3, 13)).toBeGreaterThan(5);
  }, 300_000);

  it("is continued by the next transaction where that was planned on what was left", async () => {
    expect(await killEverywhere("dash", "after", 3, 7, "continued")).toBeGreaterThan(9);
  }, 300_000);
});
