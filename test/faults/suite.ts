import { afterAll, beforeAll, vi } from "vitest";
import { Fleet } from "../beds/simulated/fleet";
import { openThroughClients } from "./client";
import { Tally } from "./tally";

/** Side by side: a story waits more than it computes. */
const lanes = 6;

/** A fleet, a tally and silence, for one file of stories. */
export class Suite {
  readonly tally = new Tally();
  fleet = new Fleet();

  constructor() {
    beforeAll(() => {
      // What providers print for the engine to show.
      vi.spyOn(console, "log").mockImplementation(() => undefined);
      openThroughClients();
    });
    afterAll(async () => {
      await this.fleet.stop();
      vi.restoreAllMocks();
      process.stdout.write(`${this.tally.text}\n`);
    }, 300_000);
  }

  /** Plays every seed; in one error all that broke, each with its story and how to replay it. */
  async play(seeds: readonly number[], plays: (seed: number) => Promise<void>): Promise<void> {
    const waiting = [...seeds];
    await this.sideBySide(Array.from({ length: lanes }, () => ({ next: () => waiting.shift(), plays })));
  }

  /** The same, each with seeds of its own until it has no more. */
  async sideBySide(players: readonly { next(): number | undefined; plays(seed: number): Promise<void> }[]): Promise<void> {
    const broken: string[] = [];
    await Promise.all(players.map(async ({ next, plays }) => {
      for (let seed = next(); seed !== undefined; seed = next()) {
        try {
          await plays(seed);
          this.tally.stories += 1;
          if (this.tally.stories % 10 === 0) process.stdout.write(`${this.tally.stories} stories, ${this.tally.hostRuns} host-runs\n`);
        } catch (error) {
          broken.push(error instanceof Error ? error.message : String(error));
          process.stdout.write(`${broken.at(-1)}\n`);
        }
      }
    }));
    if (broken.length > 0) throw new Error(`${broken.length} seeds broke it:\n\n${broken.join("\n\n")}`);
  }
}

/** Seeds from the command line (`npm run soak -- --seed 7,r12`): those of stories, and those of readings ("r"). */
export function chosenSeeds(kind: "story" | "reading"): readonly number[] | undefined {
  const words = process.env["GPUHOST_FAULTS_SEED"]?.split(",");
  return words?.filter((word) => word.startsWith("r") === (kind === "reading")).map((word) => Number(word.replace("r", "")));
}

export const range = (from: number, count: number): number[] => Array.from({ length: count }, (_none, index) => from + index);
