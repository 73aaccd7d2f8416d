/** One assignment of a file of oslo.config. */
export interface IniAssignment {
  /** As written between the brackets: "pci", "PCI", " pci ". */
  readonly section: string;
  readonly key: string;
  /** Lines of a value that goes on are joined with a newline, as the parser does. */
  readonly value: string;
}

/** Why the parser gives the whole file up: a service that reads it does not start. */
export interface IniFault {
  /** Line of the text, from 1. */
  readonly line: number;
  readonly says: string;
}

export interface IniFile {
  readonly assignments: readonly IniAssignment[];
  readonly fault?: IniFault;
}

/** Blanks as str.strip() knows them. */
const blank = "[\\s\\x1c-\\x1f\\x85]";
const trailing = new RegExp(`${blank}+$`, "u");
const leading = new RegExp(`^${blank}+`, "u");

function strip(text: string): string {
  return text.replace(trailing, "").replace(leading, "");
}

/**
 * Reads a text as oslo.config does (oslo_config/iniparser.py): `key = value` or `key: value`, whichever sign comes first; an indented line
 * goes on with the value before it, unless a blank line or a comment stands between; one pair of equal quotes around the first line goes; a key may be
 * repeated, and so may a section. `#` and `;` begin a comment at the beginning of a line only.
 */
export function parseIni(text: string): IniFile {
  const assignments: IniAssignment[] = [];
  let section: string | undefined;
  let open: { readonly key: string; readonly lines: string[] } | undefined;
  const lines = text.split(/\r\n|\r|\n/);
  const flush = (): boolean => {
    if (open === undefined) return true;
    if (section === undefined) return false;
    assignments.push({ section, key: open.key, value: open.lines.join("\n") });
    open = undefined;
    return true;
  };
  const noSection = "there is an assignment before the first section";
  for (const [index, whole] of lines.entries()) {
    const line = whole.replace(trailing, "");
    const failed = (says: string): IniFile => ({ assignments, fault: { line: index + 1, says } });
    if (/^[ \t]/.test(line)) {
      if (open === undefined) return failed("an indented line goes on with no value: a blank line, a comment or a section stands before it");
      open.lines.push(line.replace(leading, ""));
      continue;
    }
    if (!flush()) return failed(noSection);
    if (line === "" || /^[#;]/.test(line)) continue;
    if (line.startsWith("[")) {
      if (!line.endsWith("]")) return failed('a section must end with "]", and nothing may follow it');
      if (line.length <= 2) return failed("a section has no name");
      section = line.slice(1, -1);
      continue;
    }
    const assignment = parseAssignment(line);
    if (typeof assignment === "string") return failed(assignment);
    open = assignment;
  }
  return flush() ? { assignments } : { assignments, fault: { line: lines.length, says: noSection } };
}

function parseAssignment(line: string): { key: string; lines: string[] } | string {
  const at = line.search(/[:=]/);
  if (at < 0) return 'a line is neither "key = value" nor a section, a comment or a blank line';
  const key = strip(line.slice(0, at));
  if (key === "") return "a key is empty";
  const value = strip(line.slice(at + 1));
  const quoted = /^["']/.test(value) && value.endsWith(value.charAt(0));
  return { key, lines: [quoted ? value.slice(1, -1) : value] };
}
