/**
 * What Nova makes of one value. accept: it takes it, and the value says what it means. warn: it takes it, and something about it is not what it
 * looks like. reject: the service refuses to start, or refuses every request that needs it.
 */
export interface NovaJudgement {
  readonly verdict: "accept" | "warn" | "reject";
  /** For people: one or more sentences. */
  readonly why: string;
}

export const rejected = (why: string): NovaJudgement => ({ verdict: "reject", why });

/** The wish with the fewest changes of a letter, when it is close enough to be a slip. */
export function nearest(word: string, wishes: Iterable<string>): string | undefined {
  const plain = (text: string): string => text.trim().toLowerCase().replaceAll("-", "_");
  const ranked = [...wishes].map((wish) => ({ wish, distance: distance(plain(word), wish) })).sort((a, b) => a.distance - b.distance);
  const best = ranked[0];
  return best !== undefined && best.distance <= Math.max(1, Math.floor(best.wish.length / 4)) ? best.wish : undefined;
}

/** Levenshtein's. */
function distance(a: string, b: string): number {
  let row = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (const [i, letter] of [...a].entries()) {
    const next = [i + 1];
    for (let j = 1; j <= b.length; j++) {
      next.push(Math.min((next[j - 1] ?? 0) + 1, (row[j] ?? 0) + 1, (row[j - 1] ?? 0) + (letter === b[j - 1] ? 0 : 1)));
    }
    row = next;
  }
  return row[b.length] ?? 0;
}
