import type { HostState } from "./hostState";
import { Room } from "./room";
import { numberOf, type FleetMember, type Rollout } from "./rollout";
import { canaries, wavesOf } from "./waves";

/** What this run does with a fleet. */
export interface Course {
  readonly waves: number;
  /** The wave whose hosts go now, counted from 1; undefined where no host has anything left that was not tried. */
  readonly wave?: number | undefined;
  /** Hosts whose turn it is. */
  readonly going: readonly string[];
  /** Hosts on which something is to be done in a later run, each with why: "waits for wave 3 of 12". */
  readonly waiting: ReadonlyMap<string, string>;
  /** Why the wave does not begin; undefined where nothing keeps it. */
  readonly stopped?: string | undefined;
  /** Hosts that failed, each with why. */
  readonly failed: ReadonlyMap<string, string>;
}

/**
 * Whose turn it is, decided anew in every run from what the hosts say. The turn is with the first wave that has a host on which something is
 * still to be done. A host that failed is tried again, and keeps neither its own wave's hosts from finishing nor the turn from passing on, as
 * long as fewer than `stopAfterFailures` of the waves before failed and there is room beside those that are away. `now` is in seconds since 1970.
 */
export function courseOf(fleet: readonly FleetMember[], states: ReadonlyMap<string, HostState>, rollout: Rollout, now: number): Course {
  const waves = wavesOf(fleet, rollout);
  const is = (name: string, ...wanted: readonly HostState["state"][]): boolean => wanted.includes(states.get(name)?.state ?? "unreachable");
  const found = waves.findIndex((wave) => wave.some((name) => is(name, "pending")));
  const current = found === -1 ? waves.length : found;
  const passed = waves.slice(0, current).flat();
  const away = passed.filter((name) => is(name, "failed", "unreachable"));
  const untried = canaries(fleet, rollout).map(({ name }) => name);
  const stopped = found === -1 ? undefined
    : stop(away, fleet, rollout) ?? (untried.length > 0 && untried.every((name) => is(name, "refused")) ? `every canary is refused (${untried.join(", ")}), so nothing was tried on one` : undefined)
      ?? soak(passed, states, rollout, now);
  const room = new Room(rollout, fleet);
  const members = new Map(fleet.map((member) => [member.name, member]));
  for (const member of fleet) if (is(member.name, "failed", "unreachable")) room.occupy(member);

  const going: string[] = [];
  const waiting = new Map<string, string>();
  for (const [at, wave] of waves.entries()) {
    for (const name of wave.filter((one) => is(one, "pending", "failed"))) {
      const mayGo = at <= current && (is(name, "failed") || stopped === undefined);
      const full = mayGo && is(name, "pending") ? room.take(members.get(name)!) : undefined;
      if (mayGo && full === undefined) going.push(name);
      else waiting.set(name, `waits for wave ${at + 1} of ${waves.length}${full === undefined ? "" : `: beside the hosts that are away there is no room in ${full}`}`);
    }
  }
  const failed = new Map(fleet.filter(({ name }) => is(name, "failed")).map(({ name }) => [name, states.get(name)?.says ?? ""]));
  return { waves: waves.length, wave: found === -1 ? undefined : current + 1, going, waiting, stopped, failed };
}

function stop(failed: readonly string[], fleet: readonly FleetMember[], rollout: Rollout): string | undefined {
  const most = numberOf(rollout.stopAfterFailures, fleet.length);
  if (failed.length < most) return undefined;
  return `${failed.length} of the hosts before it failed or do not answer (${failed.join(", ")}), and stopAfterFailures is ${rollout.stopAfterFailures}`;
}

function soak(passed: readonly string[], states: ReadonlyMap<string, HostState>, rollout: Rollout, now: number): string | undefined {
  const last = Math.max(...passed.map((name) => states.get(name)).map((of) => (of?.state === "done" ? of.touchedAt ?? 0 : 0)), 0);
  const begins = last + rollout.soakSeconds;
  if (last === 0 || begins <= now) return undefined;
  return `the wave before it is watched until ${new Date(begins * 1000).toISOString().slice(0, 19)}Z (soakSeconds is ${rollout.soakSeconds})`;
}
