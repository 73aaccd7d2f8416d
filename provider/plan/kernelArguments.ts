import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { WantedArguments } from "../facts/applyArguments";
import { satisfies, unmet } from "../facts/applyArguments";
import { parseTokens, showArguments } from "../facts/argument";
import { argumentFindings } from "./argumentFindings";
import { bootLoaderFindings, trialPossible, whyNoTrial } from "./bootLoader";
import { entryChange } from "./entryChange";
import { DROP_IN_PATH, dropInText, NOTHING_WANTED } from "./gpuhostDropIn";
import { activeGeneration, defaultEntry, dropInAsFound, sameWish, wishText } from "./dropInFacts";
import type { DropInAsFound } from "./dropInFacts";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

export { undoKernelArguments } from "./undoKernelArguments";

/** Arguments of a KernelArguments resource, after its schema. */
export type KernelArgumentsDesired = WantedArguments;

/**
 * What is to be done so that the next boot has the arguments: the drop-in, and boot entries rendered from it. The first boot is a trial,
 * except where the host is already running with them, or where GRUB could not take its choice back.
 */
export function planKernelArguments(facts: HostFacts, wanted: KernelArgumentsDesired): Plan {
  const found = dropInAsFound(facts);
  const findings = [...bootLoaderFindings(facts, wanted), ...foreignDropIn(found), ...argumentFindings(facts, wanted)];
  const entry = defaultEntry(facts, found);
  const observed = observedOf(facts, found, wanted);
  if (findings.some((finding) => finding.severity === "refuse") || entry === undefined || isStaged(facts, found, wanted)) {
    return { steps: [], lines: {}, observed, findings };
  }
  const staged = staging(facts, found, wanted, entry);
  const all = [...findings, ...staged.findings];
  return staged.findings.length > 0 ? { steps: [], lines: {}, observed, findings: all } : { ...staged, observed, findings: all };
}

/** True when the next boot, or the one on trial, has what is wanted, and rendering anew will not lose it. */
function isStaged(facts: HostFacts, found: DropInAsFound, wanted: WantedArguments): boolean {
  const entry = known(facts.kernelCommandLine.nextBoot) ?? [];
  if (found.kind === "none") return satisfies(entry, wanted) && holdsWithoutUs(facts, wanted);
  if (found.kind !== "ours" || !sameWish(found.dropIn.wanted, wanted)) return false;
  if (found.dropIn.state === "kept") return satisfies(entry, wanted);
  const trial = known(facts.journal.trial);
  return trial !== undefined && trial.of.includes("arguments") && satisfies(trial.arguments, wanted);
}

/** The entries may have been written by hand; what grub-mkconfig would make of the files has to be right as well, where it is known. */
function holdsWithoutUs(facts: HostFacts, wanted: WantedArguments): boolean {
  const { linux, linuxDefault } = facts.bootLoader.variables;
  if (linux === null || linuxDefault === null) return true;
  return satisfies([...parseTokens(`${linux} ${linuxDefault}`), ...fixedTokens(facts)], wanted);
}

/** Tokens of the default entry that do not come from the variables (root=, ro, what other scripts in grub.d add). */
function fixedTokens(facts: HostFacts): readonly KernelArgument[] {
  return (known(facts.kernelCommandLine.nextBoot) ?? []).filter((token) => /^(root|rootflags|rootfstype|ro|rw)$/.test(token.name));
}

function observedOf(facts: HostFacts, found: DropInAsFound, wanted: WantedArguments): string {
  const entry = known(facts.kernelCommandLine.nextBoot);
  if (entry === undefined) return "next boot: not known";
  if (isStaged(facts, found, wanted)) return `next boot: ${wishText(wanted)}`;
  const onTrial = found.kind === "ours" && found.dropIn.state === "trial" ? known(facts.journal.trial)?.arguments : undefined;
  const { lacking, standing } = unmet(onTrial ?? entry, wanted);
  const parts: string[] = [];
  if (lacking.length > 0) parts.push(`lacks ${lacking.join(" ")}`);
  if (standing.length > 0) parts.push(`has ${standing.join(" ")}`);
  if (found.kind === "edited" || found.kind === "removed") parts.push(`${DROP_IN_PATH} was ${found.kind} since we wrote it`);
  if (found.kind === "ours" && !sameWish(found.dropIn.wanted, wanted)) parts.push(`staged: ${wishText(found.dropIn.wanted)}`);
  return `next boot: ${parts.join("; ") || "as wanted, but not by a file of ours"}`;
}

function staging(facts: HostFacts, found: DropInAsFound, wanted: WantedArguments, entry: readonly KernelArgument[]): Pick<Plan, "steps" | "lines" | "findings"> {
  const running = known(facts.kernelCommandLine.running);
  const runsAlready = running !== undefined && satisfies(running, wanted);
  const trial = !runsAlready && trialPossible(facts);
  const active = activeGeneration(found);
  const { after, generation, adds, removes, notRendered } = entryChange(facts, entry, active, wanted);
  const text = dropInText({ state: trial ? "trial" : "kept", wanted: generation, before: trial ? active : NOTHING_WANTED });
  const steps: Step[] = [];
  const write = found.kind !== "ours" || dropInText(found.dropIn) !== text;
  if (write) steps.push({ kind: "writeFile", path: DROP_IN_PATH, text, mode: "0644", before: found.hash });
  if (trial) steps.push({ kind: "stageTrialBoot", adds, removes, of: "arguments" });
  else if (adds.length + removes.length > 0) steps.push({ kind: "renderBootEntries", adds, removes });
  return { steps, lines: stagingLines(facts, { write, trial, runsAlready }, found, wanted, [entry, after]), findings: stale(notRendered) };
}

function stale(notRendered: readonly string[]): Plan["findings"] {
  if (notRendered.length === 0) return [];
  return [{
    rule: "boot-entries-stale", severity: "refuse", addresses: [],
    says: `The files in /etc/default/grub* would also bring ${notRendered.join(" ")}, which no boot entry has: somebody edited them and did not render the entries since.`,
    remedy: "Run update-grub there, or take the edit back, then preview again.",
  }];
}

function stagingLines(facts: HostFacts, how: { write: boolean; trial: boolean; runsAlready: boolean }, found: DropInAsFound, wanted: WantedArguments, [entry, after]: readonly [readonly KernelArgument[], readonly KernelArgument[]]): Record<string, string> {
  const lines: Record<string, string> = {};
  const again = found.kind === "edited" ? "was edited since we wrote it, " : found.kind === "removed" ? "was removed, " : "";
  if (how.write) {
    lines[target.file(DROP_IN_PATH)] = `${again}written: ${actions(wanted)} each time boot entries are rendered${how.trial ? "; on trial until the host was seen running with it" : ""}`;
  }
  const [then, now] = [showArguments(entry), showArguments(after)];
  if (then === now && !how.trial) return lines;
  const change = `${then} => ${now}`;
  lines[target.bootEntries] = how.trial
    ? `one extra entry for one boot: ${change}; the default entries stay as they are until the host was seen running with it`
    : `rendered: ${change}; without a trial, because ${how.runsAlready ? "the host is running with these arguments already" : whyNoTrial(facts)}`;
  return lines;
}

function actions({ shouldExist, shouldNotExist }: WantedArguments): string {
  const parts = [];
  if (shouldExist.length > 0) parts.push(`adds ${shouldExist.join(" ")}`);
  if (shouldNotExist.length > 0) parts.push(`removes ${shouldNotExist.join(" ")}`);
  return parts.join(" and ") || "changes nothing";
}

function foreignDropIn(found: DropInAsFound): Plan["findings"] {
  if (found.kind !== "foreign") return [];
  return [{
    rule: "file-not-ours", severity: "refuse", addresses: [],
    says: `${DROP_IN_PATH} is there and was not written by us; it would be overwritten.`,
    remedy: "Move it to another name in /etc/default/grub.d, then preview again.",
  }];
}
