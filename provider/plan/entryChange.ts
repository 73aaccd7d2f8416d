import { printArgument } from "../facts/commandLine";
import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { applyArguments, applyToTokens } from "../facts/applyArguments";
import type { WantedArguments } from "../facts/applyArguments";
import { parseTokens, spelled } from "../facts/argument";
import { withoutUs } from "./dropInFacts";
import type { Generation } from "./gpuhostDropIn";

/** What rendering with another wish makes of the default entry. */
export interface EntryChange {
  readonly after: readonly KernelArgument[];
  readonly generation: Generation;
  /** What an entry may gain and lose by it: what the wish does and what undoing the former one does, and nothing else. */
  readonly adds: readonly string[];
  readonly removes: readonly string[];
  /** What the files of grub.d would bring beside that: somebody edited them and has not run update-grub since. */
  readonly notRendered: readonly string[];
}

/** `active` is what of ours is in the entry now. */
export function entryChange(facts: HostFacts, entry: readonly KernelArgument[], active: Generation, wanted: WantedArguments): EntryChange {
  const [base, after] = fromVariables(facts, entry, active, wanted) ?? guessed(entry, active, wanted);
  const added = more(after, base);
  const had = more(base, after);
  const [comes, goes] = [more(after, entry), more(entry, after)];
  const adds = comes.filter((token) => added.includes(token) || active.had.includes(token));
  const removes = goes.filter((token) => had.includes(token) || active.added.includes(token));
  return {
    after,
    generation: { shouldExist: wanted.shouldExist, shouldNotExist: wanted.shouldNotExist, added, had },
    adds: spelled(adds), removes: spelled(removes),
    notRendered: comes.filter((token) => !adds.includes(token)),
  };
}

type BaseAndAfter = readonly [base: readonly KernelArgument[], after: readonly KernelArgument[]];

/** Exact, where the variables are known: the rest of the entry (root=, ro, ...) comes before them (grub.d/10_linux). */
function fromVariables(facts: HostFacts, entry: readonly KernelArgument[], active: Generation, wanted: WantedArguments): BaseAndAfter | undefined {
  const { linux, linuxDefault } = facts.bootLoader.variables;
  if (linux === null || linuxDefault === null) return undefined;
  const tokensAfter = (wish: WantedArguments): KernelArgument[] => {
    const made = applyArguments({ linux, linuxDefault }, wish);
    return parseTokens(`${made.linux} ${made.linuxDefault}`);
  };
  // What neither the variables nor we brought or would bring is the loader's own.
  const asWritten = parseTokens(`${linux} ${linuxDefault}`);
  const brought = new Set([...[...asWritten, ...tokensAfter(active), ...tokensAfter(wanted)].map(printArgument), ...active.had, ...active.added]);
  const rest = entry.filter((token) => !brought.has(printArgument(token)));
  return [[...rest, ...asWritten], [...rest, ...tokensAfter(wanted)]];
}

function guessed(entry: readonly KernelArgument[], active: Generation, wanted: WantedArguments): BaseAndAfter {
  const base = withoutUs(entry, active);
  return [base, applyToTokens(base, wanted)];
}

/** Tokens that `a` has and `b` has not, as they stand in an entry. */
function more(a: readonly KernelArgument[], b: readonly KernelArgument[]): string[] {
  const others = new Set(b.map(printArgument));
  return [...new Set(a.map(printArgument))].filter((token) => !others.has(token));
}
