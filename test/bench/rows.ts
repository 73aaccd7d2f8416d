/** One row of the bench: what is taken once in every round, in seconds. Made by a function that prepares what it needs. */
export interface Lane {
  readonly row: string;
  readonly name: string;
  /** Takes it once; `round` counts from 0. */
  readonly take: (round: number) => Promise<number>;
}

/** What every lane is told. */
export interface Setting {
  readonly addresses: readonly string[];
  /** Hosts that are asked at the same time, in every row. */
  readonly concurrency: number;
}
