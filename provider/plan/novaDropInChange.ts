import type { HostFacts } from "../facts/hostFacts";
import { novaDropInHash, novaDropInText, type NovaAssignment } from "./novaDropIn";
import type { Step } from "./step";
import * as target from "./target";

export interface DropInWords {
  /** What a new option means; undefined for one that has a line elsewhere. */
  readonly gains: (assignment: NovaAssignment) => string | undefined;
  /** What it means that an alias goes. */
  readonly aliasGoes: string;
  /** Options beside aliases that this resource writes: any other in our file is somebody else's. */
  readonly ours: ReadonlySet<string>;
}

/** Writes the drop-in, or puts back what was there before us where nothing is left in it. */
export function dropInStep(facts: HostFacts, path: string, wanted: readonly NovaAssignment[]): Step {
  return wanted.length === 0 ? { kind: "restoreFile", path } : { kind: "writeFile", path, text: novaDropInText(wanted), mode: "0644", before: novaDropInHash(facts, path) };
}

/** What a drop-in gains and loses, each alias and each option on a line of its own, and what becomes of the file. */
export function dropInLines(path: string, wanted: readonly NovaAssignment[], now: readonly NovaAssignment[] | undefined, { gains, aliasGoes, ours }: DropInWords): Record<string, string> {
  const had = new Set((now ?? []).map(text));
  const lines: Record<string, string> = {};
  for (const assignment of wanted.filter((one) => !had.has(text(one)))) {
    const { key, value } = assignment;
    const says = key === "alias" ? `alias = ${value}` : gains(assignment);
    if (says !== undefined) lines[key === "alias" ? `alias ${aliasName(value)}` : key] = says;
  }
  const aliases = new Set(wanted.filter(({ key }) => key === "alias").map(({ value }) => aliasName(value)));
  for (const { section, key, value } of now ?? []) {
    if (key === "alias" && !aliases.has(aliasName(value))) lines[`alias ${aliasName(value)}`] = `goes: ${aliasGoes}`;
    else if (!wanted.some((one) => one.key === key)) lines[`option [${section}]${key}`] = `goes: ${key} = ${value} ${ours.has(key) ? "is not asked for any more, or another file says it by now" : "was put into our file by somebody else"}`;
  }
  lines[target.file(path)] = wanted.length === 0 ? "removed: nothing is left in it" : now === undefined ? "written with the lines above" : "rewritten with the lines above; what is not named stays";
  return lines;
}

const text = ({ key, value }: NovaAssignment): string => `${key} = ${value}`;

/** A value that somebody else put into our file may be anything: it is its own name then. */
function aliasName(value: string): string {
  try {
    return String((JSON.parse(value) as { readonly name?: unknown } | null)?.name);
  } catch {
    return value;
  }
}
