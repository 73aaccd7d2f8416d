import { beforeAll, describe, expect, it } from "vitest";
import type { Bytes } from "./broken";
import { playSeed, undisturbed } from "./play";
import { range, Suite } from "./suite";

/** Seeds that once found something: docs/soak-run.md says what. */
const found = [5, 26];

describe("stories of fresh hosts that are disturbed at random", () => {
  const suite = new Suite();
  let bytes: Bytes;
  beforeAll(async () => void (bytes = await undisturbed(suite.fleet)), 600_000);

  it("end converged after one clean run, with nothing touched that was not reviewed and nothing lost that a person wrote", async () => {
    await suite.play([...new Set([...found, ...range(1, 22)])], (seed) => playSeed(suite.fleet, seed, bytes, suite.tally));
    expect(suite.tally.hostRuns).toBeGreaterThan(100);
    expect(suite.tally.lockRefusals).toBeGreaterThan(0);
  }, 3_600_000);
});
