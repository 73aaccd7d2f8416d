import { printArgument } from "./commandLine";
import type { KernelArgument } from "./hostFacts";

/** A token of a command line as it stands there: the white space before it, and its text with quotes and all. */
export interface RawToken {
  readonly space: string;
  readonly text: string;
}

/**
 * Parameters whose value is a comma-separated list that the kernel (or dracut) reads element by element: a second occurrence adds to
 * the first, so elements are added and removed one by one (kernel-parameters.txt; drivers/iommu/{intel,amd}; arch/x86/kernel/pci-dma.c).
 */
export const LIST_VALUED: readonly string[] = [
  "pci", "intel_iommu", "amd_iommu", "iommu", "intremap",
  "modprobe.blacklist", "module_blacklist", "initcall_blacklist", "vfio_pci.ids", "rd.driver.pre", "rd.driver.blacklist",
];

/** The kernel takes `-` and `_` for the same in parameter names (kernel/params.c parameq). */
export function foldName(name: string): string {
  return name.replaceAll("-", "_");
}

const LISTS = new Set(LIST_VALUED);

export function isListValued(name: string): boolean {
  return LISTS.has(foldName(name));
}

/** Splits as lib/cmdline.c next_arg does: white space outside double quotes; nothing else quotes. */
export function splitTokens(text: string): { tokens: RawToken[]; trailing: string } {
  const tokens: RawToken[] = [];
  let space = "";
  let token = "";
  let quoted = false;
  for (const char of text) {
    const white = char === " " || char === "\t" || char === "\n";
    if (white && !quoted) {
      if (token !== "") {
        tokens.push({ space, text: token });
        space = "";
        token = "";
      }
      space += char;
      continue;
    }
    if (char === '"') quoted = !quoted;
    token += char;
  }
  if (token === "") return { tokens, trailing: space };
  tokens.push({ space, text: token });
  return { tokens, trailing: "" };
}

/** Name and value as next_arg hands them on: an `=` in first place is part of the name; one pair of quotes goes. */
export function parseToken(text: string): KernelArgument {
  const opened = text.startsWith('"');
  const body = opened ? text.slice(1) : text;
  const equals = body.indexOf("=", 1);
  if (equals < 0) return { name: opened ? withoutClosing(body) : body, value: null };
  const value = body.slice(equals + 1);
  const name = body.slice(0, equals);
  if (value.startsWith('"')) return { name, value: withoutClosing(value.slice(1)) };
  return { name, value: opened ? withoutClosing(value) : value };
}

function withoutClosing(text: string): string {
  return text.endsWith('"') ? text.slice(0, -1) : text;
}

export function parseTokens(text: string): KernelArgument[] {
  return splitTokens(text).tokens.map((token) => parseToken(token.text));
}

/** Tokens with white space in both ways that an entry may quote them. */
export function spelled(tokens: readonly string[]): string[] {
  return tokens.flatMap((token) => {
    const { name, value } = parseToken(token);
    return value !== null && token.includes('"') ? [`"${name}=${value}"`, `${name}="${value}"`] : [token];
  });
}

const HIDDEN = /pass(word|wd|phrase)?|secret|token|credential/i;

/** For people: a value whose name speaks of a password is not shown. */
export function showArgument(argument: KernelArgument): string {
  return argument.value !== null && HIDDEN.test(argument.name) ? `${argument.name}=(hidden)` : printArgument(argument);
}

export function showArguments(list: readonly KernelArgument[]): string {
  return list.map(showArgument).join(" ");
}
