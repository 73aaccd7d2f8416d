import type { KernelArgument } from "./hostFacts";

/** isspace of the kernel for ASCII (lib/ctype.c). */
const space = /[\t\n\v\f\r ]/;

/**
 * Splits a kernel command line as the kernel does (lib/cmdline.c next_arg): double quotes only, a quote toggles wherever it
 * stands, the first `=` that is not the first character splits, a quote directly at the front of the argument or of the value is
 * dropped together with one at the very end. What follows `--` goes to init and is listed like the rest.
 */
export function parseCommandLine(text: string): KernelArgument[] {
  const args: KernelArgument[] = [];
  let at = skipSpaces(text, 0);
  while (at < text.length) {
    const quoted = text[at] === '"';
    if (quoted) at++;
    const start = at;
    let inQuote = quoted;
    let equals = 0;
    while (at < text.length && (inQuote || !space.test(text[at] ?? ""))) {
      if (equals === 0 && text[at] === "=") equals = at - start;
      if (text[at] === '"') inQuote = !inQuote;
      at++;
    }
    args.push(split(text.slice(start, at), equals, quoted));
    at = skipSpaces(text, at);
  }
  return args;
}

function split(argument: string, equals: number, quoted: boolean): KernelArgument {
  const closed = argument.endsWith('"');
  if (equals === 0) return { name: quoted && closed ? argument.slice(0, -1) : argument, value: null };
  const name = argument.slice(0, equals);
  const rest = argument.slice(equals + 1);
  const opened = rest.startsWith('"');
  const body = (opened || quoted) && closed ? rest.slice(0, -1) : rest;
  return { name, value: opened ? body.slice(1) : body };
}

function skipSpaces(text: string, from: number): number {
  let at = from;
  while (at < text.length && space.test(text[at] ?? "")) at++;
  return at;
}

/** One argument as it stands on a command line; quoted as a whole where it holds a blank, which is how GRUB writes it. */
export function printArgument(argument: KernelArgument): string {
  const text = argument.value === null ? argument.name : `${argument.name}=${argument.value}`;
  return text === "" || space.test(text) ? `"${text}"` : text;
}

export function printCommandLine(args: readonly KernelArgument[]): string {
  return args.map(printArgument).join(" ");
}

/** Names of parameters are equal when they differ only in `-` and `_` (kernel/params.c parameqn). */
export function sameParameter(a: string, b: string): boolean {
  return a.replaceAll("-", "_") === b.replaceAll("-", "_");
}

/** All values given to a parameter, in order; null for an occurrence without `=`. */
export function valuesOf(args: readonly KernelArgument[], name: string): (string | null)[] {
  return args.filter((argument) => sameParameter(argument.name, name)).map((argument) => argument.value);
}
