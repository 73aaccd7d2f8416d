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

/** Marks of the reading script for a line that it does not show: "?12 continuation". */
const marks = new Map([
  ["continuation", "an indented line goes on with no value: a blank line, a comment or a section stands before it"],
  ["section", 'a section must have a name and end with "]", and nothing may follow it'],
  ["assignment", 'a line is neither "key = value" nor a section, a comment or a blank line'],
  ["outside", "there is an assignment before the first section"],
]);

/**
 * Reads a text as oslo.config does (oslo_config/iniparser.py): `key = value` or `key: value`, whichever sign comes first; an indented line
 * goes on with the value before it, unless a blank line or a comment stands between; one pair of equal quotes around the first line goes; a key may be
 * repeated, and so may a section. `#` and `;` begin a comment at the beginning of a line only. oslo.config gives up at the first fault; here
 * the rest is read all the same, for people.
 */
export function parseIni(text: string): IniFile {
  const assignments: IniAssignment[] = [];
  let fault: IniFault | undefined;
  let section: string | undefined;
  let open: { readonly key: string; readonly lines: string[] } | undefined;
  for (const [index, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const line = whole.replace(trailing, "");
    const failed = (what: string, at = index + 1): void => void (fault ??= { line: at, says: marks.get(what) ?? what });
    if (/^[ \t]/.test(line)) {
      if (open === undefined) failed("continuation");
      else open.lines.push(line.replace(leading, ""));
      continue;
    }
    if (open !== undefined && section !== undefined) assignments.push({ section, key: open.key, value: open.lines.join("\n") });
    open = undefined;
    const mark = /^\?(\d+) ([a-z]+)$/.exec(line);
    if (mark !== null) failed(mark[2] ?? "", Number(mark[1]));
    else if (line.startsWith("[")) {
      if (line.endsWith("]") && line.length > 2) section = line.slice(1, -1);
      else failed("section");
    } else if (line !== "" && !/^[#;]/.test(line)) {
      open = parseAssignment(line);
      if (open === undefined) failed("assignment");
      else if (section === undefined) failed("outside");
    }
  }
  if (open !== undefined && section !== undefined) assignments.push({ section, key: open.key, value: open.lines.join("\n") });
  return fault === undefined ? { assignments } : { assignments, fault };
}

function parseAssignment(line: string): { key: string; lines: string[] } | undefined {
  const at = line.search(/[:=]/);
  const key = strip(line.slice(0, Math.max(at, 0)));
  if (key === "") return undefined;
  const value = strip(line.slice(at + 1));
  const quoted = /^["']/.test(value) && value.endsWith(value.charAt(0));
  return { key, lines: [quoted ? value.slice(1, -1) : value] };
}
