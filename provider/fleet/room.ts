import { numberOf, type FleetMember, type Rollout } from "./rollout";

const whole = "the fleet";

/** How many hosts may be away at the same time, counted down host by host. */
export class Room {
  /** Most hosts of a group that may be away: the fleet as a whole, or those that share a domain's value ("rack r12"). */
  private readonly limits = new Map<string, number>();
  private readonly taken = new Map<string, number>();

  constructor(private readonly rollout: Rollout, fleet: readonly FleetMember[]) {
    this.limits.set(whole, numberOf(rollout.maxUnavailable, fleet.length));
    const sizes = new Map<string, number>();
    for (const key of fleet.flatMap((member) => this.domainsOf(member))) sizes.set(key, (sizes.get(key) ?? 0) + 1);
    for (const [key, size] of sizes) {
      const domain = key.slice(0, key.indexOf(" "));
      this.limits.set(key, numberOf(rollout.maxUnavailablePer[domain] ?? size, size));
    }
  }

  /** Takes a place for a host; what is full where there is none: "rack r12". */
  take(member: FleetMember): string | undefined {
    const full = this.full(member);
    if (full === undefined) this.occupy(member);
    return full;
  }

  /** Counts a host that is away whether there is room for it or not. */
  occupy(member: FleetMember): void {
    for (const key of this.keysOf(member)) this.taken.set(key, (this.taken.get(key) ?? 0) + 1);
  }

  private full(member: FleetMember): string | undefined {
    return this.keysOf(member).find((key) => (this.taken.get(key) ?? 0) >= (this.limits.get(key) ?? 0));
  }

  private keysOf(member: FleetMember): readonly string[] {
    return [whole, ...this.domainsOf(member)];
  }

  private domainsOf(member: FleetMember): readonly string[] {
    return Object.keys(this.rollout.maxUnavailablePer).flatMap((domain) => (member.domains[domain] ?? []).map((value) => `${domain} ${value}`));
  }
}
