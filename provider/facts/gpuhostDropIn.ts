import { applyToTokens } from "./applyArguments";
import type { KernelArgument } from "./hostFacts";

/** What our own GRUB drop-in asks for, from its comment lines; the shell code in it is not evaluated here. */
export interface GpuhostDropIn {
  readonly state: "trial" | "kept";
  readonly shouldExist: readonly string[];
  readonly shouldNotExist: readonly string[];
  /** What goes on counting for the default entries while the above is on trial. */
  readonly keptShouldExist: readonly string[];
  readonly keptShouldNotExist: readonly string[];
}

export function isGpuhostDropIn(text: string): boolean {
  return text.startsWith("# gpuhost");
}

/** Undefined when no line names a state. */
export function parseGpuhostDropIn(text: string): GpuhostDropIn | undefined {
  const of = (key: string): string[] =>
    text.split("\n").flatMap((line) => (line.startsWith(`# gpuhost ${key}: `) ? [line.slice(`# gpuhost ${key}: `.length).trim()] : []));
  const state = of("state")[0];
  if (state !== "trial" && state !== "kept") return undefined;
  return {
    state,
    shouldExist: of("should-exist"),
    shouldNotExist: of("should-not-exist"),
    keptShouldExist: of("kept-should-exist"),
    keptShouldNotExist: of("kept-should-not-exist"),
  };
}

/** The default entries' command line after the drop-in: what is kept counts, what is on trial does not. */
export function applyGpuhostDropIn(args: readonly KernelArgument[], dropIn: GpuhostDropIn): KernelArgument[] {
  const { state, shouldExist, shouldNotExist, keptShouldExist, keptShouldNotExist } = dropIn;
  return applyToTokens(args, state === "kept" ? { shouldExist, shouldNotExist } : { shouldExist: keptShouldExist, shouldNotExist: keptShouldNotExist });
}
