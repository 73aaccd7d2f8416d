import { decide, type Decision, type Tried } from "./decision";
import type { EngineEvent } from "./happening";
import { Tally } from "./tally";
import { View, type Change } from "./view";

/** One stack, as the Automation API drives it. */
export interface Engine {
  /** Shows the whole preview, and keeps its plan. Resolves to what went wrong; undefined when it came to its end. */
  preview(onEvent: (event: EngineEvent) => void): Promise<string | undefined>;
  /** Carries out the plan of the last preview and nothing else. What went wrong, where it did: `moved` when hosts were no longer as previewed. */
  update(onEvent: (event: EngineEvent) => void): Promise<{ readonly says: string; readonly moved: boolean } | undefined>;
}

/** Who watches, and is asked. */
export interface Watcher {
  changed(view: View, change: Change): void;
  /** A wave begins, or ended. */
  begins(view: View, wave: Extract<Decision, { next: "wave" }>): void;
  ended(view: View): void;
  /** Whether what was previewed is to be done; a text where it is not, which says what to do for it. */
  agrees(wave: Extract<Decision, { next: "wave" }>): Promise<true | string>;
  /** Waits until a soak ends, in seconds since 1970. */
  soaks(until: number, says: string): Promise<void>;
  /** True once somebody asked to stop. */
  readonly leaving: boolean;
}

/** How a rollout ended. */
export interface End {
  /**
   * - finished: no host has a turn any more. stopped: hosts are left, `says` names what keeps them. broken: the engine could not go on.
   */
  readonly how: "finished" | "stopped" | "broken";
  readonly says: string;
  /** Waves that were carried out. */
  readonly waves: number;
  readonly tally: Tally;
  /** Of the last preview. */
  readonly view: View;
}

export interface Limits {
  readonly maxWaves?: number | undefined;
  readonly planOnly?: boolean | undefined;
}

/**
 * Preview, yes, update, and again, until nothing is left that was not tried. All that it goes by comes from the hosts in each preview, so it may
 * be ended at any moment and started again, here or elsewhere.
 */
export async function drive(engine: Engine, watcher: Watcher, { maxWaves = Number.POSITIVE_INFINITY, planOnly = false }: Limits): Promise<End> {
  const tally = new Tally();
  const tried = new Map<string, Tried>();
  let waves = 0;
  let idle = 0;
  for (;;) {
    const view = new View();
    const look = (event: EngineEvent): void => {
      for (const change of view.take(event)) watcher.changed(view, change);
    };
    const end = (how: End["how"], says: string): End => ({ how, says, waves, tally, view });
    const asked = (): End => end("stopped", "asked to stop; `gpuhost rollout` goes on from here");

    const wrong = await engine.preview(look);
    tally.previewed(view);
    if (watcher.leaving) return asked();
    if (wrong !== undefined) return end("broken", wrong);
    if (view.fleets.length === 0) return end("broken", "there is no GpuFleet in this stack, so there are no waves: `pulumi up` does all of it at once");

    const decision = decide(view, tried);
    if (decision.next === "end") return decision.stopped === undefined ? end("finished", "") : end("stopped", decision.stopped);
    if (planOnly) return end("stopped", "only the plan was asked for");
    if (waves >= maxWaves) return end("stopped", `${waves} ${waves === 1 ? "wave was" : "waves were"} asked for and carried out`);
    if (decision.next === "soak") {
      await watcher.soaks(decision.until, decision.says);
      if (watcher.leaving) return asked();
      continue;
    }
    const agreed = await watcher.agrees(decision);
    if (agreed !== true) return watcher.leaving ? asked() : end("stopped", agreed);

    const { work } = view;
    watcher.begins(view, decision);
    const failed = await engine.update(look);
    watcher.ended(view);
    tally.updated(view, watcher.leaving);
    for (const name of view.tried) tried.set(name, { text: work.get(name) ?? "", times: (tried.get(name)?.times ?? 0) + 1 });
    const nothing = view.tried.size === 0;
    // A wave whose update the engine refused was not carried out.
    if (watcher.leaving || !nothing) waves += 1;
    if (watcher.leaving) return asked();
    idle = nothing ? idle + 1 : 0;
    // What moved between the preview and its update is seen in the next preview, but not for ever; an engine that cannot work is not asked twice.
    if (idle > 1 || (idle > 0 && failed?.moved !== true)) return end("broken", failed?.says ?? "nothing of what was previewed was begun");
  }
}
