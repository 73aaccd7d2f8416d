import { planKernelArguments, undoKernelArguments, type KernelArgumentsDesired } from "../plan/kernelArguments";
import { parseKernelArguments } from "../schema/kernelArguments";
import type { Aspect } from "./aspect";

export const kernelArguments: Aspect<KernelArgumentsDesired> = {
  kind: "KernelArguments",
  outputs: [],
  parse: parseKernelArguments,
  plan: planKernelArguments,
  undo: undoKernelArguments,
};
