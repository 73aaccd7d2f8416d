/** So many hosts, or such a share of them: 3, "10%". */
export type Amount = number | `${number}%`;

/** How a fleet is brought from one state to the next. */
export interface Rollout {
  /** Hosts that go first, alone: by name, or the first so many in the order of the fleet. */
  readonly canary: number | readonly string[];
  /** Most hosts of the fleet that may be away, or may have failed, at the same time. */
  readonly maxUnavailable: Amount;
  /** The same for each value of a domain: { rack: 1, zone: "20%" } allows one host in each rack and a fifth of each zone. */
  readonly maxUnavailablePer: Readonly<Record<string, Amount>>;
  /** No further wave begins once so many hosts of the waves before have failed. */
  readonly stopAfterFailures: Amount;
  /** Seconds between the last thing done to a host of one wave and the beginning of the next wave. */
  readonly soakSeconds: number;
}

export interface FleetMember {
  readonly name: string;
  /** Where it stands, by the names that `maxUnavailablePer` uses: { rack: ["r12"], aggregate: ["gpu", "a100"] }. */
  readonly domains: Readonly<Record<string, readonly string[]>>;
}

/** The number of hosts an amount comes to among `of` hosts: a share is rounded down, and is one at least. */
export function numberOf(amount: Amount, of: number): number {
  if (typeof amount === "number") return amount;
  return Math.max(1, Math.floor((of * Number(amount.slice(0, -1))) / 100));
}
