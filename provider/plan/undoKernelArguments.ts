import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { WantedArguments } from "../facts/applyArguments";
import { showArguments, spelled } from "../facts/argument";
import { activeGeneration, defaultEntry, dropInAsFound, supposedGeneration, wishText, withoutUs } from "./dropInFacts";
import { DROP_IN_PATH } from "./gpuhostDropIn";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/**
 * Puts the drop-in and the boot entries back as they were. It goes by what stands in the drop-in, not by what was last asked for: an
 * apply may have been cut short. Nothing of ours left is success; a file that a person edited is left to that person.
 */
export function undoKernelArguments(facts: HostFacts, wanted: WantedArguments): Plan {
  const found = dropInAsFound(facts);
  const steps: Step[] = [];
  const lines: Record<string, string> = {};
  const says: string[] = [];
  if (found.kind === "ours" || found.kind === "removed") {
    steps.push({ kind: "restoreFile", path: DROP_IN_PATH });
    lines[target.file(DROP_IN_PATH)] = found.kind === "ours" ? `put back as it was before us (now: ${wishText(found.dropIn.wanted)})` : "gone already";
  } else if (found.kind === "edited") {
    lines[target.file(DROP_IN_PATH)] = "left as it is: it was edited since we wrote it; remove it by hand, then run update-grub";
  }
  if (known(facts.journal.trial)?.of.includes("arguments") === true) {
    steps.push({ kind: "dropTrialBoot", of: "arguments" });
    says.push("the extra entry goes");
  }
  const active = found.kind === "removed" ? supposedGeneration(wanted) : activeGeneration(found);
  const entry = defaultEntry(facts, found) ?? [];
  if (active.added.length + active.had.length > 0) {
    steps.push({ kind: "renderBootEntries", adds: spelled(active.had), removes: spelled(active.added) });
    says.push(`rendered: ${showArguments(entry)} => ${showArguments(withoutUs(entry, active))}`);
    lines[target.host] = "not rebooted: the running kernel keeps its arguments until somebody reboots it";
  }
  if (says.length > 0) lines[target.bootEntries] = says.join("; ");
  return { steps, lines, observed: found.kind === "ours" ? `staged: ${wishText(found.dropIn.wanted)}` : `${DROP_IN_PATH}: ${found.kind}`, findings: [] };
}
