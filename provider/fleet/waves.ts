import { Room } from "./room";
import type { FleetMember, Rollout } from "./rollout";

/**
 * The waves of a fleet, each a list of names: the canary first, then as many hosts at a time as may be away together, in the order of the
 * fleet. It follows from names, domains and the rollout alone, so the third wave is the third wave in every run, whatever became of the others.
 */
export function wavesOf(fleet: readonly FleetMember[], rollout: Rollout): readonly (readonly string[])[] {
  const first = canaries(fleet, rollout);
  return [...split(first, fleet, rollout), ...split(fleet.filter((member) => !first.includes(member)), fleet, rollout)];
}

/** Hosts that go before all others. */
export function canaries(fleet: readonly FleetMember[], { canary }: Rollout): readonly FleetMember[] {
  return typeof canary === "number" ? fleet.slice(0, canary) : fleet.filter(({ name }) => canary.includes(name));
}

function split(members: readonly FleetMember[], fleet: readonly FleetMember[], rollout: Rollout): string[][] {
  const waves: string[][] = [];
  for (let left = members; left.length > 0;) {
    const room = new Room(rollout, fleet);
    const later = left.filter((member) => room.take(member) !== undefined);
    const wave = left.filter((member) => !later.includes(member));
    waves.push(wave.map(({ name }) => name));
    left = later;
  }
  return waves;
}
