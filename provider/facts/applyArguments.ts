import { printCommandLine } from "./commandLine";
import type { KernelArgument } from "./hostFacts";
import { foldName, isListValued, parseToken, parseTokens, splitTokens } from "./argument";
import type { RawToken } from "./argument";

/** What a person wants of a command line, in its own tokens. Order counts only for what is added. */
export interface WantedArguments {
  readonly shouldExist: readonly string[];
  /** `name=value` exactly, `name` as a bare flag, `name=*` with any value, `pci=name=*` elements of a list that begin so. */
  readonly shouldNotExist: readonly string[];
}

/** GRUB_CMDLINE_LINUX (every entry) and GRUB_CMDLINE_LINUX_DEFAULT (not the recovery entries). */
export interface GrubVariables {
  readonly linux: string;
  readonly linuxDefault: string;
}

/**
 * What our drop-in makes of the two variables: the same meaning, token by token, as the script in dropInScript.ts (a property
 * test runs that under real shells and compares). What stands in neither list keeps its text and its place.
 */
export function applyArguments(variables: GrubVariables, wanted: WantedArguments): GrubVariables {
  let { linux, linuxDefault } = variables;
  for (const item of wanted.shouldNotExist) {
    linux = removeArgument(linux, item);
    linuxDefault = removeArgument(linuxDefault, item);
  }
  for (const item of wanted.shouldExist) ({ linux, linuxDefault } = addArgument({ linux, linuxDefault }, item));
  return { linux, linuxDefault };
}

/** The same for the tokens of one whole entry. */
export function applyToTokens(tokens: readonly KernelArgument[], wanted: WantedArguments): KernelArgument[] {
  const text = printCommandLine(tokens);
  return parseTokens(applyArguments({ linux: "", linuxDefault: text }, wanted).linuxDefault);
}

/** Items of `shouldExist` (element by element) that the command line lacks, and tokens it has that should not be there. */
export function unmet(tokens: readonly KernelArgument[], wanted: WantedArguments): { lacking: string[]; standing: string[] } {
  const text = printCommandLine(tokens);
  const standing = wanted.shouldNotExist.filter((item) => removeArgument(text, item) !== text);
  const lacking = wanted.shouldExist.flatMap((item) => lackingOf([text], item));
  return { lacking, standing };
}

export function satisfies(tokens: readonly KernelArgument[], wanted: WantedArguments): boolean {
  const { lacking, standing } = unmet(tokens, wanted);
  return lacking.length === 0 && standing.length === 0;
}

export function removeArgument(text: string, item: string): string {
  const wanted = parseToken(item);
  const name = foldName(wanted.name);
  const { tokens, trailing } = splitTokens(text);
  let out = "";
  let removed = false;
  for (const token of tokens) {
    const left = withoutItem(token, name, wanted.value);
    if (left === null) removed = true;
    else out += out === "" && removed ? left : token.space + left;
  }
  return out + trailing;
}

/** The token without what `value` names; null when nothing of it is left. */
function withoutItem(token: RawToken, name: string, value: string | null): string | null {
  const found = parseToken(token.text);
  if (foldName(found.name) !== name) return token.text;
  if (value === null) return found.value === null ? null : token.text;
  if (found.value === null) return token.text;
  if (value === "*") return null;
  if (!isListValued(name)) return found.value === value ? null : token.text;
  const elements = found.value.split(",");
  const kept = elements.filter((element) => !namesElement(value, element));
  if (kept.length === elements.length) return token.text;
  return kept.length === 0 ? null : rewritten(token.text, found.name, kept.join(","));
}

function namesElement(value: string, element: string): boolean {
  return value.endsWith("=*") ? element.startsWith(value.slice(0, -1)) : `,${value},`.includes(`,${element},`);
}

function rewritten(text: string, name: string, value: string): string {
  const quoted = text.startsWith('"') || text.slice(text.indexOf("=", 1) + 1).startsWith('"');
  return quoted ? `${name}="${value}"` : `${name}=${value}`;
}

function addArgument({ linux, linuxDefault }: GrubVariables, item: string): GrubVariables {
  const missing = lackingOf([linux, linuxDefault], item);
  if (missing.length === 0) return { linux, linuxDefault };
  const wanted = parseToken(item);
  const name = foldName(wanted.name);
  if (wanted.value !== null && isListValued(name)) {
    const elements = missing.map((each) => parseToken(each).value ?? "").join(",");
    const inDefault = merged(linuxDefault, name, elements);
    if (inDefault !== null) return { linux, linuxDefault: inDefault };
    const inLinux = merged(linux, name, elements);
    if (inLinux !== null) return { linux: inLinux, linuxDefault };
  }
  const gap = linuxDefault === "" || /[ \t\n]$/.test(linuxDefault) ? "" : " ";
  return { linux, linuxDefault: linuxDefault + gap + item };
}

/** Adds elements to the first token of that name; null when there is none to add to. */
function merged(text: string, name: string, elements: string): string | null {
  const { tokens, trailing } = splitTokens(text);
  let done = false;
  const out = tokens.map((token) => {
    const found = parseToken(token.text);
    if (done || found.value === null || foldName(found.name) !== name) return token.space + token.text;
    done = true;
    return token.space + rewritten(token.text, found.name, found.value === "" ? elements : `${found.value},${elements}`);
  });
  return done ? out.join("") + trailing : null;
}

/** `item` when no text has it; of a list-valued item each element that none has, as a token of its own. */
function lackingOf(texts: readonly string[], item: string): string[] {
  const wanted = parseToken(item);
  const name = foldName(wanted.name);
  const standing = texts.flatMap(parseTokens).filter((token) => foldName(token.name) === name).map((token) => token.value);
  if (wanted.value === null || !isListValued(name)) return standing.includes(wanted.value) ? [] : [item];
  const elements = new Set(standing.flatMap((found) => found?.split(",") ?? []));
  return wanted.value.split(",").filter((element) => !elements.has(element)).map((element) => `${wanted.name}=${element}`);
}
