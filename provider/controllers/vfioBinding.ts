import { planVfioBinding, undoVfioBinding, type VfioBindingDesired } from "../plan/vfioBinding";
import { parseVfioBinding } from "../schema/vfioBinding";
import type { Aspect } from "./aspect";

export const vfioBinding: Aspect<VfioBindingDesired> = {
  kind: "VfioBinding",
  outputs: [],
  parse: parseVfioBinding,
  plan: planVfioBinding,
  undo: undoVfioBinding,
};
