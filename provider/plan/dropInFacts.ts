import { printArgument } from "../facts/commandLine";
import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { WantedArguments } from "../facts/applyArguments";
import { parseToken } from "../facts/argument";
import { DROP_IN_PATH, NOTHING_WANTED, readDropIn } from "./gpuhostDropIn";
import type { DropIn, Generation } from "./gpuhostDropIn";
import { journalledNow, sha256 } from "./hash";

/** Our drop-in on the host. `hash` is what a write has to find there. */
export type DropInAsFound =
  | { readonly kind: "none" | "removed" | "edited" | "foreign"; readonly hash: string }
  | { readonly kind: "ours"; readonly hash: string; readonly dropIn: DropIn };

/** removed and edited: the journal says that we wrote it. foreign: there is a file of that name which we did not write. */
export function dropInAsFound(facts: HostFacts): DropInAsFound {
  const text = facts.bootLoader.grubDefaults.get(DROP_IN_PATH);
  const journalled = facts.journal.files.find((file) => file.path === DROP_IN_PATH);
  if (text === undefined) return { kind: journalled === undefined || journalled.written === "absent" ? "none" : "removed", hash: "absent" };
  const hash = journalledNow(facts, DROP_IN_PATH) ?? sha256(`${text.replace(/\n$/, "")}\n`);
  const dropIn = readDropIn(text);
  if (dropIn !== null) return { kind: "ours", hash, dropIn };
  return { kind: journalled === undefined ? "foreign" : "edited", hash };
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
