import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { activeFunctions, staleHooks } from "./bindingFacts";
import type { BindingAsFound } from "./bindingFacts";
import { defaultKernel, IMAGE_BYTES, kernelsNewestFirst } from "./bindingHost";
import type { LiveBinding } from "./bindingLive";
import { ANY_ADDRESS, BINDING_PATH, bindingText } from "./bootBinding";
import type { BoundFunction } from "./bootBinding";
import { trialPossible, whyNoTrial } from "./bootLoader";
import { journalledNow } from "./hash";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Files, images and boot entries that make the next boot bind. `facts.initramfs.tool` is known here. */
export function bindingStaging(facts: HostFacts, found: BindingAsFound, functions: readonly BoundFunction[], live: LiveBinding): Pick<Plan, "steps" | "lines"> {
  const tool = facts.initramfs.tool === "dracut" ? "dracut" : "initramfs-tools";
  const trial = trialPossible(facts) && !live.complete;
  const steps: Step[] = [];
  const lines: Record<string, string> = {};
  const text = bindingText({ state: trial ? "trial" : "kept", functions, before: trial ? activeFunctions(found) : [] });
  const again = found.kind === "edited" ? "was edited since we wrote it, " : found.kind === "removed" ? "was removed, " : "";
  if (found.kind !== "ours" || bindingText(found.binding) !== text) {
    steps.push({ kind: "writeFile", path: BINDING_PATH, text, mode: "0644", before: found.hash });
    lines[target.file(BINDING_PATH)] = `${again}written: ${functions.map(({ address, ids, driver }) => `${address === ANY_ADDRESS ? `${address} ${ids}` : address} ${driver}`).join(", ")}${trial ? "; on trial until the host was seen running with it" : ""}`;
  }
  for (const hook of staleHooks(facts)) {
    steps.push({ kind: "writeFile", path: hook.path, text: hook.text, mode: hook.mode, before: journalledNow(facts, hook.path) ?? "absent" });
    lines[target.file(hook.path)] = `written: ${hook.does}`;
  }
  if (trial) stageTrial(facts, tool, steps, lines);
  else buildDefault(facts, tool, live, steps, lines);
  return { steps, lines };
}

type Tool = "initramfs-tools" | "dracut";

function stageTrial(facts: HostFacts, tool: Tool, steps: Step[], lines: Record<string, string>): void {
  const kernel = defaultKernel(facts);
  const kernels = kernel === undefined ? [] : [kernel];
  steps.push({ kind: "buildInitramfs", tool, image: "trial", kernels, neededBytes: IMAGE_BYTES }, { kind: "stageTrialBoot", adds: [], removes: [], of: "initramfs" });
  lines[target.initramfs] = `an image of its own for ${kernels.join(", ")}, which only the extra entry names; the default images stay as they are until the host was seen running with it`;
  lines[target.bootEntries] = "one extra entry for one boot, with that image; the default entries stay as they are";
}

function buildDefault(facts: HostFacts, tool: Tool, live: LiveBinding, steps: Step[], lines: Record<string, string>): void {
  const kernels = kernelsNewestFirst(facts);
  // One that is staged tries what is no longer wanted.
  if (known(facts.journal.trial)?.of.includes("initramfs") === true) {
    steps.push({ kind: "dropTrialBoot", of: "initramfs" });
    lines[target.bootEntries] = "the image on trial goes from the extra entry";
  }
  steps.push({ kind: "buildInitramfs", tool, image: "default", kernels, neededBytes: IMAGE_BYTES });
  const why = live.complete ? "the functions are on their drivers without a reboot" : whyNoTrial(facts);
  lines[target.initramfs] = `rebuilt for ${kernels.join(", ")}, the images of before are kept; without a trial, because ${why}`;
}
