/**
 * What came of reading one thing on a host. Absent, unreadable and a value (zero and "" included) are three different
 * answers, and no code may turn one into another: LXD once read a missing `iommu_group` as group 0, which is a real group.
 */
export type Reading<T> =
  | { readonly kind: "value"; readonly value: T }
  | { readonly kind: "absent" }
  | { readonly kind: "unreadable"; readonly reason: string };

export const absent = { kind: "absent" } as const;

export function value<T>(of: T): Reading<T> {
  return { kind: "value", value: of };
}

export function unreadable(reason: string): Reading<never> {
  return { kind: "unreadable", reason };
}

/** Applies `parse` to a value; the two other answers pass through unchanged. */
export function mapReading<A, B>(reading: Reading<A>, parse: (of: A) => B): Reading<B> {
  return reading.kind === "value" ? value(parse(reading.value)) : reading;
}

/** The value, or `undefined` for absent and unreadable alike: only for code to which the two mean the same. */
export function known<T>(reading: Reading<T>): T | undefined {
  return reading.kind === "value" ? reading.value : undefined;
}
