import { beforeAll, describe, expect, it } from "vitest";
import type { Bytes } from "./broken";
import { playSeed, undisturbed } from "./play";
import { hostOfSeed, standingHosts, type StandingHost } from "./readings";
import { chosenSeeds, range, Suite } from "./suite";

const stories = Number(process.env["GPUHOST_FAULTS_STORIES"] ?? 300);
/** Other seeds each time; which, each failure says. */
const first = 1_000 + (Date.now() % 1_000_000);
const ofStories = chosenSeeds("story") ?? range(first, stories);
const ofReadings = chosenSeeds("reading") ?? range(first, 2 * stories);

describe("faults at random on the simulated fleet", () => {
  const suite = new Suite();
  let bytes: Bytes;
  let hosts: StandingHost[];
  beforeAll(async () => {
    bytes = await undisturbed(suite.fleet);
    hosts = await standingHosts(suite.fleet);
  }, 3_600_000);

  it.skipIf(ofStories.length === 0)(`${ofStories.length} stories from seed ${ofStories[0]} on`, async () => {
    await suite.play(ofStories, (seed) => playSeed(suite.fleet, seed, bytes, suite.tally));
    expect(suite.tally.stories).toBe(ofStories.length);
  });

  it.skipIf(ofReadings.length === 0)(`${ofReadings.length} stories of readings from seed r${ofReadings[0]} on`, async () => {
    const before = suite.tally.stories;
    await suite.sideBySide(hosts.map((host) => {
      const mine = ofReadings.filter((seed) => hostOfSeed(hosts, seed) === host);
      return { next: () => mine.shift(), plays: (seed) => host.play(seed, suite.tally) };
    }));
    expect(suite.tally.stories - before).toBe(ofReadings.length);
  });
});
