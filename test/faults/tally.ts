import type { RunResult } from "./operator";
import type { DisturbedRun, Mishap } from "./story";

/** Host-runs by what they really did: one is one run of one host over real SSH, with the real controllers, planner and scripts. */
export class Tally {
  private readonly counts = new Map<string, number>();
  /** Of how many runs each mishap was a part, and in how many it came about before the run's end. */
  readonly mishaps = new Map<string, number>();
  readonly cameAbout = new Map<string, number>();
  /** Times that the host's lock refused the second operator by the first one's name. */
  lockRefusals = 0;
  /** Clean runs that a person had to prepare as a refusal said. */
  asTold = 0;
  stories = 0;

  private count(kind: string): void {
    this.counts.set(kind, (this.counts.get(kind) ?? 0) + 1);
  }

  private met(what: string, cameAbout: boolean): void {
    this.mishaps.set(what, (this.mishaps.get(what) ?? 0) + 1);
    if (cameAbout) this.cameAbout.set(what, (this.cameAbout.get(what) ?? 0) + 1);
  }

  disturbed(run: DisturbedRun, result: RunResult, cameAbout: ReadonlySet<Mishap>): void {
    for (const each of run.mishaps) this.met(each.what, cameAbout.has(each));
    this.count(`disturbed ${run.does}, ${result.ended}`);
  }

  /** A reading that something happened to; `ended` says how. */
  reading(what: string, ended: string, cameAbout: boolean): void {
    this.met(what, cameAbout);
    this.count(`reading of a converged or refused host, ${ended}`);
  }

  clean(kind: string): void {
    this.count(kind);
  }

  get hostRuns(): number {
    return [...this.counts.values()].reduce((sum, each) => sum + each, 0);
  }

  get text(): string {
    const list = (of: ReadonlyMap<string, number>): string => [...of].sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, number]) => `  ${String(number).padStart(5)} ${name}`).join("\n");
    return `${this.stories} stories, ${this.hostRuns} host-runs:\n${list(this.counts)}\nmishaps that came about, by the runs they came about in:\n${list(this.cameAbout)}\nmishaps that were laid out, by the runs they were part of:\n${list(this.mishaps)}\n  ${String(this.lockRefusals).padStart(5)} times the lock refused a second operator\n  ${String(this.asTold).padStart(5)} times a person did first what a refusal said`;
  }
}
