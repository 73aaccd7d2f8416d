import type { Standing, State } from "./standing";
import type { View } from "./view";

export interface HostEnd extends Standing {
  readonly reboots: number;
  /** Cards that are ready and were not when this rollout was started. */
  readonly gained: number;
}

const underWay: ReadonlySet<State> = new Set(["applying", "rebooting", "verifying", "undoing"]);

/** What became of each host since the rollout was started. */
export class Tally {
  private readonly ends = new Map<string, Standing>();
  private readonly reboots = new Map<string, number>();
  private readonly gained = new Map<string, Set<string>>();
  private readonly failures = new Map<string, Standing>();
  private readonly ready = new Map<string, number>();

  /** After an update; `cut` where it did not come to its own end. */
  updated(view: View, cut: boolean): void {
    for (const host of view.reboots) this.reboots.set(host, (this.reboots.get(host) ?? 0) + 1);
    for (const host of view.hosts) {
      const standing = view.standing(host);
      this.failures.delete(host);
      if (standing.state === "failed") this.failures.set(host, standing);
      const { gained } = view.cards(host);
      if (standing.state === "verified") this.gained.set(host, new Set([...(this.gained.get(host) ?? []), ...gained]));
      this.note(host, underWay.has(standing.state) ? cutOff(standing, cut) : standing, view);
    }
  }

  /** After a preview: what was tried and failed stays failed also where it is about to be tried again. */
  previewed(view: View): void {
    for (const host of view.hosts) {
      const standing = view.standing(host);
      this.note(host, standing.state === "planned" || standing.state === "observed" ? this.failures.get(host) ?? standing : standing, view);
    }
  }

  private note(host: string, standing: Standing, view: View): void {
    this.ends.set(host, standing);
    this.ready.set(host, view.cards(host).ready.length);
  }

  get hosts(): ReadonlyMap<string, HostEnd> {
    return new Map([...this.ends].map(([host, standing]) => [host, { ...standing, reboots: this.reboots.get(host) ?? 0, gained: this.gained.get(host)?.size ?? 0 }]));
  }

  /** Cards proven ready in the last look at each host. */
  get cardsReady(): number {
    return [...this.ready.values()].reduce((sum, count) => sum + count, 0);
  }
}

/** The transaction on the host goes on to its end without us; the next run looks how it ended. */
function cutOff({ state }: Standing, cut: boolean): Standing {
  return { state: "cut off", says: `${state} when ${cut ? "this run was ended" : "the engine ended"}; what was begun on the host comes to its end there, and the next run goes on from it` };
}
