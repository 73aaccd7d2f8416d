import { planAppArmorRules, undoAppArmorRules, type AppArmorRulesDesired } from "../plan/appArmorRules";
import { parseAppArmorRules } from "../schema/appArmorRules";
import type { Aspect } from "./aspect";

export const appArmorRules: Aspect<AppArmorRulesDesired> = {
  kind: "AppArmorRules",
  outputs: ["confinement", "reattachAllowed"],
  unread: { reattachAllowed: false },
  parse: parseAppArmorRules,
  plan: planAppArmorRules,
  undo: undoAppArmorRules,
};
