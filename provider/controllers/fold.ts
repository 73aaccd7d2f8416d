import type { FoldedLines, Lines } from "./record";

/** The engine shows 150 characters of a text (unless asked with --show-full-output); a plan has to be read whole. */
const widest = 140;

/** Sentences that are too long to be shown, in parts that are not; `unfold` gives back the very same. */
export function fold(lines: Lines): FoldedLines {
  return Object.fromEntries(Object.entries(lines).map(([target, says]) => [target, says.length > widest ? parts(says) : says]));
}

function parts(says: string): readonly string[] {
  const folded: string[] = [];
  for (const word of says.split(" ")) {
    const last = folded.at(-1);
    if (last !== undefined && last.length + 1 + word.length <= widest) folded[folded.length - 1] = `${last} ${word}`;
    else folded.push(word);
  }
  return folded;
}

export function unfold(plan: FoldedLines): Lines {
  return Object.fromEntries(Object.entries(plan).map(([target, says]) => [target, typeof says === "string" ? says : says.join(" ")]));
}
