import { planNovaPciAlias, undoNovaPciAlias, type NovaPciAliasDesired } from "../plan/novaPciAlias";
import { parseNovaPciAlias } from "../schema/novaPciAlias";
import type { Aspect } from "./aspect";

export const novaPciAlias: Aspect<NovaPciAliasDesired> = {
  kind: "NovaPciAlias",
  outputs: ["file", "units"],
  parse: parseNovaPciAlias,
  plan: planNovaPciAlias,
  undo: undoNovaPciAlias,
};
