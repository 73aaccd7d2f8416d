const single: Readonly<Record<string, string>> = { "\\": "\\", "'": "'", '"': '"', a: "\x07", b: "\b", f: "\f", n: "\n", r: "\r", t: "\t", v: "\v", "\n": "" };

/** One string of Python's at the beginning of `text`, and how much of the text it is; undefined where none begins there, or one that this does not read. */
export function pythonString(text: string): { readonly value: string; readonly isBytes: boolean; readonly length: number } | undefined {
  const begin = /^(r|u|b|br|rb)?('''|"""|'|")/i.exec(text);
  if (begin === null) return undefined;
  const [opening, prefix = "", quote] = begin as unknown as [string, string | undefined, string];
  const raw = /r/i.test(prefix);
  const bytes = /b/i.test(prefix);
  let value = "";
  let at = opening.length;
  while (!text.startsWith(quote, at)) {
    const character = text[at];
    if (character === undefined || (bytes && character > "\x7f")) return undefined;
    if (character !== "\\") { value += character; at += 1; continue; }
    if (raw) { value += text.slice(at, at + 2); at += 2; continue; }
    const escaped = escape(text.slice(at + 1), bytes);
    if (escaped === undefined) return undefined;
    value += escaped.value;
    at += 1 + escaped.length;
  }
  return { value, isBytes: bytes, length: at + quote.length };
}

/** What follows a backslash. An escape that Python does not know stays as it is, backslash included. */
function escape(rest: string, bytes: boolean): { readonly value: string; readonly length: number } | undefined {
  const first = rest[0];
  if (first === undefined) return undefined;
  const octal = /^[0-7]{1,3}/.exec(rest)?.[0];
  if (octal !== undefined) return { value: String.fromCodePoint(Number.parseInt(octal, 8)), length: octal.length };
  const hex = /^(?:x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8})/.exec(rest)?.[0];
  if (hex !== undefined && !(bytes && hex[0] !== "x")) {
    const point = Number.parseInt(hex.slice(1), 16);
    return point > 0x10ffff ? undefined : { value: String.fromCodePoint(point), length: hex.length };
  }
  if (first === "x" || (!bytes && "uUN".includes(first))) return undefined;
  return { value: single[first] ?? `\\${first}`, length: 1 };
}
