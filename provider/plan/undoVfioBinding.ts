import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { idsGone, takenAtBoot } from "./bindingByIds";
import { bindingAsFound, everyFunction } from "./bindingFacts";
import { kernelsNewestFirst } from "./bindingHost";
import { driverBefore, driverOfOurs, heldByGuests, OWNER, releaseSteps } from "./bindingReleased";
import { BINDING_PATH } from "./bootBinding";
import { ALL_BINDING_PATHS } from "./bootBindingFiles";
import type { VfioBindingDesired } from "./boundFunctions";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/**
 * Takes back what stands in the host's own journal and binding file. What was bound by us in this boot goes back to its driver now;
 * what the boot hook bound goes back with the next boot, without it.
 */
export function undoVfioBinding(facts: HostFacts, _desired: VfioBindingDesired): Plan {
  const found = bindingAsFound(facts);
  const live = facts.journal.devices.filter((each) => each.owner === OWNER).map((each) => each.address);
  const atBoot = takenAtBoot(facts, everyFunction(found));
  const findings = heldByGuests(facts, [...new Set([...live, ...atBoot])], "Shut that guest down or move it away, then destroy again.");
  const observed = found.kind === "ours" ? `staged: ${atBoot.join(", ")}` : `${BINDING_PATH}: ${found.kind}`;
  if (findings.length > 0) return { steps: [], lines: {}, observed, findings };
  const steps: Step[] = [];
  const lines: Record<string, string> = {};
  for (const file of facts.journal.files.filter((each) => ALL_BINDING_PATHS.includes(each.path))) {
    steps.push({ kind: "restoreFile", path: file.path });
    const edited = file.now !== file.written && file.now !== file.before;
    lines[target.file(file.path)] = edited ? "left as it is: it was edited since we wrote it" : file.before === "absent" ? "removed" : "put back as it was before us";
  }
  undoImages(facts, found.kind === "ours" && found.binding.state === "kept" || (found.kind === "ours" && found.binding.before.length > 0), steps, lines);
  undoDevices(facts, live, atBoot, steps, lines);
  Object.assign(lines, idsGone(everyFunction(found), []));
  return { steps, lines, observed, findings };
}

function undoImages(facts: HostFacts, kept: boolean, steps: Step[], lines: Record<string, string>): void {
  if (known(facts.journal.trial)?.of.includes("initramfs") === true) {
    steps.push({ kind: "dropTrialBoot", of: "initramfs" });
    lines[target.bootEntries] = "the image on trial goes from the extra entry";
  }
  const journalled = facts.journal.files.some((file) => /^\/boot\/(initrd\.img-|initramfs-)/.test(file.path));
  if ((!kept && !journalled) || facts.initramfs.tool === "unknown") return;
  const kernels = kernelsNewestFirst(facts);
  steps.push({ kind: "restoreInitramfs", tool: facts.initramfs.tool, kernels });
  lines[target.initramfs] = `the images of before put back for ${kernels.join(", ")}; where one was built anew since, it is rebuilt without us`;
}

function undoDevices(facts: HostFacts, live: readonly string[], atBoot: readonly string[], steps: Step[], lines: Record<string, string>): void {
  steps.push(...releaseSteps(live));
  for (const address of live) lines[target.device(facts, address)] = `given back now, to ${driverBefore(facts, address)}`;
  const staying = atBoot.filter((address) => !live.includes(address));
  let bound = false;
  for (const address of staying) {
    const driver = driverOfOurs(facts, address);
    lines[target.device(facts, address)] = driver === undefined ? "no longer bound at boot" : `stays on ${driver} until the next boot, which goes without us`;
    bound ||= driver !== undefined;
  }
  if (bound) lines[target.host] = "not rebooted: what the boot hook bound goes back with the next boot";
}
