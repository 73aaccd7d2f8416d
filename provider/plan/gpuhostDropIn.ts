import type { WantedArguments } from "../facts/applyArguments";
import { DROP_IN_SCRIPT } from "./dropInScript";

/** Last in the order of grub.d, so that it filters what all the others made of the variables. */
export const DROP_IN_PATH = "/etc/default/grub.d/zz-gpuhost.cfg";

/** One wish and what it came to in the default entry; tokens as they stand there. */
export interface Generation extends WantedArguments {
  readonly added: readonly string[];
  readonly had: readonly string[];
}

export interface DropIn {
  /** trial: counts only where grub-mkconfig runs with GPUHOST_TRIAL=1. */
  readonly state: "trial" | "kept";
  readonly wanted: Generation;
  /** While `wanted` is on trial: what was kept before and goes on counting for the default entries. */
  readonly before: Generation;
}

export const NOTHING_WANTED: Generation = { shouldExist: [], shouldNotExist: [], added: [], had: [] };

/** Text of the drop-in. Turning a trial into what is kept changes the one line that names the state. */
export function dropInText({ state, wanted, before }: DropIn): string {
  return [
    "# gpuhost: written by the resource KernelArguments of a Pulumi stack; edit the stack, this file is compared and rewritten.",
    DROP_IN_SCRIPT,
    "gpuhost_main <<'GPUHOST_END'",
    `# gpuhost state: ${state}`,
    ...listed("", wanted),
    ...listed("kept-", before),
    "GPUHOST_END",
    "",
  ].join("\n");
}

/** `added` and `had` are notes for an undo; the script reads the other two. */
const KEYS = [["shouldExist", "should-exist"], ["shouldNotExist", "should-not-exist"], ["added", "added"], ["had", "had"]] as const;

function listed(prefix: string, generation: Generation): string[] {
  return KEYS.flatMap(([key, name]) => generation[key].map((token) => `# gpuhost ${prefix}${name}: ${token}`));
}

/** What a drop-in asks for; null when the text is not one of ours, unedited. The last newline may be missing, as in a snapshot. */
export function readDropIn(text: string): DropIn | null {
  const all = text.split("\n");
  const lines = all.slice(all.lastIndexOf("gpuhost_main <<'GPUHOST_END'") + 1);
  const of = (key: string): string[] => {
    const prefix = `# gpuhost ${key}: `;
    return lines.filter((line) => line.startsWith(prefix)).map((line) => line.slice(prefix.length));
  };
  const generation = (prefix: string): Generation => ({
    shouldExist: of(`${prefix}should-exist`), shouldNotExist: of(`${prefix}should-not-exist`), added: of(`${prefix}added`), had: of(`${prefix}had`),
  });
  const state = of("state")[0];
  if (state !== "trial" && state !== "kept") return null;
  const dropIn: DropIn = { state, wanted: generation(""), before: generation("kept-") };
  return dropInText(dropIn).trimEnd() === text.trimEnd() ? dropIn : null;
}
