import { printArgument } from "../facts/commandLine";
import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { WantedArguments } from "../facts/applyArguments";
import { parseToken } from "../facts/argument";
import { asFound, type AsFound } from "./asFound";
import { DROP_IN_PATH, NOTHING_WANTED, readDropIn } from "./gpuhostDropIn";
import type { DropIn, Generation } from "./gpuhostDropIn";

/** Our drop-in on the host. */
export type DropInAsFound = Exclude<AsFound<DropIn>, { kind: "ours" }> | { readonly kind: "ours"; readonly hash: string; readonly dropIn: DropIn };

export function dropInAsFound(facts: HostFacts): DropInAsFound {
  const found = asFound(facts, DROP_IN_PATH, facts.bootLoader.grubDefaults.get(DROP_IN_PATH), readDropIn);
  return found.kind === "ours" ? { kind: "ours", hash: found.hash, dropIn: found.content } : found;
}

export function sameWish(a: WantedArguments, b: WantedArguments): boolean {
  const text = ({ shouldExist, shouldNotExist }: WantedArguments): string => JSON.stringify([shouldExist, shouldNotExist]);
  return text(a) === text(b);
}

/** A wish in a sentence: "intel_iommu=on iommu=pt, not intel_iommu=off". */
export function wishText({ shouldExist, shouldNotExist }: WantedArguments): string {
  const without = shouldNotExist.length > 0 ? `not ${shouldNotExist.join(" ")}` : "";
  return [shouldExist.join(" "), without].filter((part) => part !== "").join(", ") || "nothing asked for";
}

/** What of ours is in the default entries now, as the drop-in notes it. */
export function activeGeneration(found: DropInAsFound): Generation {
  if (found.kind !== "ours") return NOTHING_WANTED;
  return found.dropIn.state === "kept" ? found.dropIn.wanted : found.dropIn.before;
}

/** The best that the wish tells of that, where the notes went with the drop-in. */
export function supposedGeneration(wanted: WantedArguments): Generation {
  return { ...wanted, added: asPrinted(wanted.shouldExist), had: asPrinted(wanted.shouldNotExist.filter((item) => !item.endsWith("=*"))) };
}

/**
 * Tokens of the default entry. While the extra entry is chosen for the next boot, that is what `nextBoot` has, and the default one is worked out
 * from our notes.
 */
export function defaultEntry(facts: HostFacts, found: DropInAsFound): readonly KernelArgument[] | undefined {
  const next = known(facts.kernelCommandLine.nextBoot);
  const chosen = known(facts.bootLoader.environment)?.get("next_entry") === "gpuhost-trial";
  if (next === undefined || !chosen || found.kind !== "ours" || found.dropIn.state !== "trial") return next;
  const { added, had } = found.dropIn.before;
  return withoutUs(next, found.dropIn.wanted).filter((token) => !had.includes(printArgument(token))).concat(added.map(parseToken));
}

function asPrinted(items: readonly string[]): string[] {
  return items.map((item) => printArgument(parseToken(item)));
}

/** The default entry as it would be without us: a guess from our notes, good but for the order of tokens. */
export function withoutUs(entry: readonly KernelArgument[], { added, had }: Generation): KernelArgument[] {
  const left = entry.filter((token) => !added.includes(printArgument(token)));
  const texts = left.map(printArgument);
  return [...left, ...had.filter((token) => !texts.includes(token)).map(parseToken)];
}
