/** What Python makes of a text, where Nova relies on it. */

/** int(text, 16): blanks around, a sign, "0x", single underscores and full-width digits are allowed. */
export function pythonHex(text: string): number | undefined {
  const match = /^\s*([+-]?)(?:0[xX]_?)?([0-9a-fA-F]+(?:_[0-9a-fA-F]+)*)\s*$/.exec(text.replace(/[０-９]/g, (digit) => digit.normalize("NFKC")));
  if (match?.[2] === undefined) return undefined;
  const of = Number.parseInt(match[2].replaceAll("_", ""), 16);
  return match[1] === "-" ? -of : of;
}

const trueWords = ["1", "t", "true", "on", "y", "yes"];
const falseWords = ["0", "f", "false", "off", "n", "no"];

/** strutils.bool_from_string(strict=True): undefined where it raises. Anything that is no text is printed first. */
export function pythonBoolean(of: unknown): boolean | undefined {
  if (typeof of === "boolean") return of;
  const word = (typeof of === "string" ? of : of === null ? "None" : JSON.stringify(of)).trim().toLowerCase();
  if (trueWords.includes(word)) return true;
  return falseWords.includes(word) ? false : undefined;
}

/** A pattern as `re.match` takes it: from the beginning, not to the end. The fault says why re.compile refuses it. */
export function pythonPattern(source: string): { readonly matches: (text: string) => boolean } | { readonly fault: string } {
  const translated = translate(source);
  if (typeof translated !== "string") return translated;
  const flags = /^\(\?([aiLmsux]+)\)/.exec(source)?.[1] ?? "";
  try {
    const pattern = new RegExp(`^(?:${translated})`, [..."ims"].filter((flag) => flags.includes(flag)).join(""));
    return { matches: (text) => pattern.test(text) };
  } catch (error) {
    return { fault: error instanceof Error ? error.message.replace(/^Invalid regular expression: \/\^\(\?:(.*)\)\/: /s, "") : String(error) };
  }
}

const rewritten: readonly (readonly [RegExp, string])[] = [
  [/^\(\?#[^)]*\)/, ""], [/^\(\?P</, "(?<"], [/^\(\?P=(\w+)\)/, "\\k<$1>"], [/^\(\?>/, "(?:"], [/^\\A/, "^"], [/^\\Z/, "$"], [/^([*+?}])\+/, "$1"],
  [/^\{,(\d*)\}/, "{0,$1}"],
];

/** Escapes that Python has, outside and inside a set. */
const escapes = /^\\(?:[abBdDsSwWfnrtv0]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|[^a-zA-Z0-9])/;
const setEscapes = /^\\(?:[abdDsSwWfnrtv0-7]|x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|N\{[^}]+\}|[^a-zA-Z0-9])/;

/** The same pattern in the words of ECMAScript; what only that one allows is a fault. */
function translate(source: string): string | { readonly fault: string } {
  let out = "";
  for (let at = (/^\(\?[aiLmsux]+\)/.exec(source)?.[0] ?? "").length; at < source.length; ) {
    const rest = source.slice(at);
    const set = /^\[\^?\]?(?:\\[\s\S]|[^\]\\])*\]/.exec(rest)?.[0];
    const escape = /^\\[\s\S]?/.exec(rest)?.[0];
    const rewrite = rewritten.find(([pattern]) => pattern.test(rest));
    if (rest.startsWith("[")) {
      if (set === undefined) return { fault: "unterminated character set" };
      const wrong = [...set.matchAll(/\\[\s\S]/g)].find(({ index }) => !setEscapes.test(set.slice(index)));
      if (wrong !== undefined) return { fault: `bad escape ${wrong[0]}` };
      if (/\\[dDsSwW]-[^\]]|[^[^]-\\[dDsSwW]/.test(set)) return { fault: `bad character range in ${set}` };
      out += set.replace(/^(\[\^?)\]/, "$1\\]");
      at += set.length;
    } else if (rewrite !== undefined) {
      const found = rewrite[0].exec(rest)?.[0] ?? "";
      const name = /^\(\?P=(\w+)\)/.exec(rest)?.[1];
      if (name !== undefined && !out.includes(`(?<${name}>`)) return { fault: `unknown group name ${name}` };
      out += found.replace(...rewrite);
      at += found.length;
    } else if (escape !== undefined) {
      const group = /^\\([1-9]\d?)/.exec(rest)?.[1];
      if (group !== undefined && Number(group) > (out.match(/\((?!\?[:=!<])|\(\?<(?![=!])/g) ?? []).length) return { fault: `invalid group reference ${group}` };
      if (group === undefined && !escapes.test(rest)) return { fault: `bad escape ${escape}` };
      out += escape;
      at += escape.length;
    } else {
      if (/^\(\?(?:<(?![=!])|[aiLmsux]+\))/.test(rest)) return { fault: `unknown extension or flags not at the start: ${rest.slice(0, 4)}` };
      out += rest.charAt(0);
      at += 1;
    }
  }
  return out;
}
