import { Room } from "./room";
import type { FleetMember, Rollout } from "./rollout";

/**
 * The waves of a fleet, each a list of names: the canary first, then as many hosts at a time as may be away together, in the order of the
 * fleet. It follows from names, domains and the rollout alone, so the third wave is the third wave in every run, whatever became of the others.
 */
export function wavesOf(fleet: readonly FleetMember[], rollout: Rollout): readonly (readonly string[])[] {
  const { canary } = rollout;
  const isCanary = (member: FleetMember, at: number): boolean => (typeof canary === "number" ? at < canary : canary.includes(member.name));
  return [...split(fleet.filter(isCanary), fleet, rollout), ...split(fleet.filter((member, at) => !isCanary(member, at)), fleet, rollout)];
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
