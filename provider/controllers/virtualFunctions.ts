import { planVirtualFunctions, undoVirtualFunctions, type VirtualFunctionsDesired } from "../plan/virtualFunctions";
import { parseVirtualFunctions } from "../schema/virtualFunctions";
import type { Aspect } from "./aspect";

export const virtualFunctions: Aspect<VirtualFunctionsDesired> = {
  kind: "VirtualFunctions",
  outputs: ["functions", "alone"],
  unread: { alone: false },
  parse: parseVirtualFunctions,
  plan: planVirtualFunctions,
  undo: undoVirtualFunctions,
};
