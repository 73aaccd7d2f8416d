/** Whitespace between the words of a host's line. */
const space = /[ \t\r\n]/;

/**
 * Words of a host's line as Python's shlex.split(line, comments=True) makes them: quotes come off, a backslash takes the next character (between
 * double quotes only before a quote or another backslash), and "#" begins a comment wherever it is not quoted, inside a word too.
 * Undefined where a quote is not closed or nothing follows a backslash.
 */
export function shellWords(line: string): readonly string[] | undefined {
  const words: string[] = [];
  let word: string | undefined;
  let quote: string | undefined;
  const end = (): void => {
    if (word !== undefined) words.push(word);
    word = undefined;
  };
  for (let at = 0; at < line.length; at += 1) {
    const character = line[at] as string;
    if (quote !== undefined) {
      const next = line[at + 1];
      if (character === quote) quote = undefined;
      else if (character === "\\" && quote === '"' && (next === '"' || next === "\\")) { word += next; at += 1; }
      else word += character;
    } else if (space.test(character)) end();
    else if (character === "#") break;
    else if (character === "\\") {
      at += 1;
      if (at >= line.length) return undefined;
      word = (word ?? "") + (line[at] as string);
    } else if (character === '"' || character === "'") {
      quote = character;
      word ??= "";
    } else word = (word ?? "") + character;
  }
  end();
  return quote === undefined ? words : undefined;
}
