/** The name a person meant who wrote `name`: the nearest of `known`, where one is near enough to be a typing error; case does not count. */
export function nearest(name: string, known: readonly string[]): string | undefined {
  const lower = name.toLowerCase();
  const near = known.map((one) => [distance(lower, one.toLowerCase()), one] as const).sort(([a], [b]) => a - b)[0];
  return near !== undefined && near[0] <= Math.max(2, name.length / 3) ? near[1] : undefined;
}

/** Levenshtein's distance: edits of one letter. */
export function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, at) => at);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (const [j, other] of [...b].entries()) next.push(Math.min((row[j + 1] ?? 0) + 1, (next[j] ?? 0) + 1, (row[j] ?? 0) + (letter === other ? 0 : 1)));
    row = next;
  }
  return row[b.length] ?? 0;
}
