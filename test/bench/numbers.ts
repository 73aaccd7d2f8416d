/** The middle value; of an even number of values the mean of the two in the middle. Throws for none. */
export function median(values: readonly number[]): number {
  const sorted = values.toSorted((one, other) => one - other);
  const [low, high] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (low === undefined || high === undefined) throw new RangeError("no value has no median");
  return (low + high) / 2;
}

/** Two decimals; null where one of the two was not measured. */
export function ratio(of: number | undefined, to: number | undefined): number | null {
  return of === undefined || to === undefined || to === 0 ? null : Math.round((of / to) * 100) / 100;
}

/** A number as people read it: three digits that count. */
export function short(value: number): string {
  return value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);
}
