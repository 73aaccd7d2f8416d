/** Most of what a host said that goes into a message. */
const quotedCharacters = 600;

/** What a host said, fit for a message: one line, its end where it is long, nothing that would move a terminal's cursor. */
export function oneLine(text: string): string {
  const clean = text.replace(/[\s\p{Cc}]+/gu, " ").trim();
  return clean.length > quotedCharacters ? `...${clean.slice(-quotedCharacters)}` : clean;
}
