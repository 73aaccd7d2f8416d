/** The name a person meant who wrote `name`: the nearest of `known`, where one is near enough to be a typing error; case does not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const near = known.map((one) => [distance(lower, one.toLowerCase()), one] as const).sort(([a], [b]) => a - b)[0];
  return near !== undefined && near[0] <= Math.max(2, name.length / 3) ? near[1] : undefined;
}

/** Edits from one to the other: a letter more, less or another, or two neighbours exchanged (optimal string alignment). */
export function distance(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (let i = 0; i < a.length; i += 1) {
    const next = [i + 1];
    for (let j = 0; j < b.length; j += 1) {
      const edits = [(row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (a[i] === b[j] ? 0 : 1)];
      if (i > 0 && j > 0 && a[i] === b[j - 1] && a[i - 1] === b[j]) edits.push((before[j - 1] ?? 0) + 1);
      next.push(Math.min(...edits));
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
