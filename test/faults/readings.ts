import type { Fleet } from "../beds/simulated/fleet";
import { Broken, type Bytes } from "./broken";
import { changed, type Footprint, marks } from "./footprint";
import { kinds } from "./operator";
import { Random } from "./random";
import { Scene } from "./scene";
import type { Mishap } from "./story";
import type { Tally } from "./tally";
import type { Direction } from "./wire";

/** What passes in one login, and in one login with one reading, of a host as it stands. */
export interface ReadingBytes {
  readonly login: Bytes;
  readonly reading: Bytes;
}

/** Classes of moments in which a reading can be hit, by what is on the wire then. */
const classes = ["greeting", "login, to the host", "login, from the host", "the script on its way", "the answer", "the last bytes of the answer"] as const;
type Class = (typeof classes)[number];

export interface ReadingRun {
  readonly hit: Class | undefined;
  readonly mishap: Mishap;
  /** Preview, and a second reading before it is carried out; else one reading. */
  readonly previewed: boolean;
}

/** One seed: runs of a host on which nothing is to be done, each hit by something; then a clean one. */
export function drawReadings(seed: number, bytes: ReadingBytes): ReadingRun[] {
  const random = new Random(seed ^ 0x5eed);
  return Array.from({ length: random.whole(8, 12) }, () => readingRun(random, bytes));
}

/** Breaks are many; what costs seconds of waiting each time is rare. */
const kindsOfMishap = [...Array<"cut">(20).fill("cut"), "killed", "killed", "killed", "refused", "refused", "other key", "other key", "gone", "gone", "slow", "slow", "stall", "silent"] as const;

function readingRun(random: Random, bytes: ReadingBytes): ReadingRun {
  const what = random.pick(kindsOfMishap);
  const previewed = random.chance(0.2);
  if (what === "slow") return { hit: undefined, previewed, mishap: { what, milliseconds: random.whole(1, 20) } };
  const hit = random.pick(classes);
  return { hit, previewed, mishap: { what, when: moment(random, hit, bytes) } };
}

function moment(random: Random, hit: Class, { login, reading }: ReadingBytes): { direction: Direction; far: number } {
  const direction: Direction = hit === "login, to the host" || hit === "the script on its way" ? "to the host" : "from the host";
  const [all, before] = [reading[direction], login[direction]];
  const last = 400;
  const ranges: Readonly<Record<Class, readonly [number, number]>> = {
    greeting: [0, 40], "login, to the host": [0, before], "login, from the host": [40, before],
    "the script on its way": [before, all], "the answer": [before, all - last], "the last bytes of the answer": [all - last, all],
  };
  return { direction, far: random.whole(...ranges[hit]) / all };
}

function inWords(runs: readonly ReadingRun[]): string {
  return runs.map(({ hit, mishap, previewed }, index) => `  ${index + 1}. ${previewed ? "preview and up" : "up"}, ${mishap.what}${hit === undefined ? "" : ` in ${hit}`}: ${JSON.stringify(mishap)}`).join("\n");
}

/** A host on which everything is done, or on which nothing may be, and what a run finds there when nothing is in its way. */
export class StandingHost {
  private constructor(private readonly scene: Scene, private readonly untouched: Footprint, private readonly wanted: string, readonly bytes: ReadingBytes) {}

  /** `example`: which of the demo's hosts; the first gets ready, the second is refused for a bystander in the card's group. */
  static async make(fleet: Fleet, name: string, example: 0 | 1): Promise<StandingHost> {
    const scene = await Scene.make(fleet, name, false, example);
    await scene.mend();
    await scene.alice.up();
    const wanted = statuses(scene);
    if (example === 0 && !wanted.endsWith("ready")) throw new Error(`${name} did not get ready: ${wanted}`);
    if (example === 1 && !wanted.includes("refused")) throw new Error(`${name} is not refused: ${wanted}`);
    const login = await scene.measure("login");
    const reading = await scene.measure("reading");
    return new StandingHost(scene, marks(scene.host.files.root), wanted, { login, reading });
  }

  async play(seed: number, tally: Tally): Promise<void> {
    const runs = drawReadings(seed, this.bytes);
    const told: string[] = [];
    try {
      for (const run of runs) await this.disturbed(run, tally, told);
      await this.clean(tally);
    } catch (error) {
      const why = error instanceof Broken ? error.message : ((error as Error).stack ?? String(error));
      throw new Broken(`seed r${seed}: ${why}\nThe runs:\n${inWords(runs)}\nWhat happened:\n${told.map((line) => `  ${line}`).join("\n")}\nAgain: npm run soak -- --seed r${seed}`);
    }
  }

  private async disturbed({ hit, mishap, previewed }: ReadingRun, tally: Tally, told: string[]): Promise<void> {
    const { scene } = this;
    await scene.lay([mishap], this.bytes.reading);
    const result = await scene.alice.up(previewed);
    await scene.ended();
    const met = result.ended !== "done" || !statuses(scene).includes("unreachable") ? result.ended : "unreachable";
    told.push(`${met}: ${result.says.join(" | ").slice(0, 300)}`);
    tally.reading(`${mishap.what}${hit === undefined ? "" : ` in ${hit}`}`, met === "done" ? "read all the same" : met, scene.cameAbout.has(mishap));
    await scene.mend();
    this.nothingTouched();
  }

  private async clean(tally: Tally): Promise<void> {
    const { scene } = this;
    const result = await scene.alice.up(false);
    tally.clean("clean reading of a converged or refused host");
    if (result.ended !== "done" || statuses(scene) !== this.wanted) throw new Broken(`after one clean run: ${statuses(scene)}; before: ${this.wanted}: ${result.says.join(" | ")}`);
    this.nothingTouched();
  }

  private nothingTouched(): void {
    const touched = changed(this.untouched, marks(this.scene.host.files.root));
    if (touched.length > 0) throw new Broken(`runs with nothing to do touched ${touched.join(", ")}`);
  }

  stop(): Promise<void> {
    return this.scene.stop();
  }
}

/** A reading that is disturbed waits more than it computes, so there are many hosts; more of them cost more to set up than they save. */
const count = 16;

/** Hosts of which one among each four is refused: nothing may ever be done to it. */
export function standingHosts(fleet: Fleet): Promise<StandingHost[]> {
  return Promise.all(Array.from({ length: count }, (_none, index) => StandingHost.make(fleet, `standing-${index + 1}`, index % 4 === 2 ? 1 : 0)));
}

/** Which of them a seed is about. */
export const hostOfSeed = <T>(hosts: readonly T[], seed: number): T => hosts[seed % hosts.length] as T;

const statuses = ({ alice }: Scene): string => kinds.map((kind) => `${kind} ${alice.outputs(kind)?.status}`).join(", ");
