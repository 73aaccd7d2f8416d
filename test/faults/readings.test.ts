import { beforeAll, describe, expect, it } from "vitest";
import { standingHosts, type StandingHost } from "./readings";
import { Suite } from "./suite";

describe("readings of standing hosts that are disturbed at every class of byte offset", () => {
  const suite = new Suite();
  let hosts: StandingHost[];
  beforeAll(async () => void (hosts = await standingHosts(suite.fleet)), 600_000);

  it("touch nothing, and after one clean run everything is on record as before", async () => {
    const enough = 1_870;
    await suite.sideBySide(hosts.map((host, index) => {
      // Seed and host belong together, so that a seed can be played again.
      let seed = index - hosts.length;
      return { next: () => (suite.tally.hostRuns < enough ? (seed += hosts.length) : undefined), plays: (each) => host.play(each, suite.tally) };
    }));
    expect(suite.tally.hostRuns).toBeGreaterThanOrEqual(enough);
    for (const hit of ["greeting", "login, to the host", "login, from the host", "the script on its way", "the answer", "the last bytes of the answer"]) {
      expect(suite.tally.cameAbout.get(`cut in ${hit}`), hit).toBeGreaterThan(50);
    }
    const cameAbout = [...suite.tally.cameAbout.keys()].map((name) => name.replace(/ in .*/, ""));
    expect(cameAbout).toEqual(expect.arrayContaining(["killed", "refused", "other key", "gone", "slow", "stall", "silent"]));
  }, 3_600_000);
});
