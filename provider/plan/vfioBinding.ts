import type { HostFacts } from "../facts/hostFacts";
import { byIdsFindings, idsLines, idsWide, withIds } from "./bindingByIds";
import { bindingAsFound, isStaged } from "./bindingFacts";
import type { BindingAsFound } from "./bindingFacts";
import { bindingFindings } from "./bindingFindings";
import { bindingHostFindings } from "./bindingHost";
import { liveBinding } from "./bindingLive";
import type { LiveBinding } from "./bindingLive";
import { releasedFunctions } from "./bindingReleased";
import { bindingStaging } from "./bindingStaging";
import { BINDING_PATH } from "./bootBinding";
import type { BoundFunction } from "./bootBinding";
import { boundFunctions } from "./boundFunctions";
import type { PlannedFunction, VfioBindingDesired } from "./boundFunctions";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

export type { VfioBindingDesired } from "./boundFunctions";
export { undoVfioBinding } from "./undoVfioBinding";

/**
 * What is to be done so that the next boot gives these functions to their driver, before any other can take them; and now, where that was asked
 * for and nothing uses them. A first image is tried before it is kept, unless nothing is left for a reboot to decide.
 */
export function planVfioBinding(facts: HostFacts, asked: VfioBindingDesired): Plan {
  const desired = withIds(facts, asked);
  const functions = boundFunctions(facts, desired);
  const wide = idsWide(facts, asked);
  const lines = [...functions, ...wide];
  const found = bindingAsFound(facts);
  const staged = isStaged(facts, found, lines);
  const live = liveBinding(facts, desired, functions);
  const released = releasedFunctions(facts, desired, found, lines, staged);
  const findings = [...bindingHostFindings(facts, desired, functions), ...bindingFindings(facts, desired, functions), ...byIdsFindings(facts, asked), ...released.findings, ...foreignFile(found)];
  const state = released.state === "" ? live.state : `${live.state}, ${released.state}`;
  const observed = observedOf(desired, found, lines, state, staged);
  if (findings.some((finding) => finding.severity === "refuse")) return { steps: [], lines: {}, observed, findings };
  const staging = staged ? { steps: [], lines: {} } : bindingStaging(facts, found, lines, live);
  const steps: Step[] = [...staging.steps, ...live.steps, ...released.steps];
  if (steps.length === 0) return { steps, lines: {}, observed, findings };
  return { steps, lines: { ...deviceLines(facts, functions, live, staged), ...(staged ? {} : idsLines(wide)), ...released.lines, ...staging.lines }, observed, findings };
}

/** What must be running after the reboot, for HostReboot: function to driver. */
export function boundDrivers(facts: HostFacts, desired: VfioBindingDesired): Record<string, string> {
  return Object.fromEntries(boundFunctions(facts, withIds(facts, desired)).map(({ address, driver }) => [address, driver]));
}

function deviceLines(facts: HostFacts, functions: readonly PlannedFunction[], live: LiveBinding, staged: boolean): Record<string, string> {
  return Object.fromEntries(functions.filter((each) => !staged || live.moving.has(each.address)).map((each) => [target.device(facts, each.address), sentence(facts, each, live)]));
}

function sentence(facts: HostFacts, { address, driver, from, role, card, device }: PlannedFunction, live: LiveBinding): string {
  const why = role === "companion" ? `, as a function of the card ${card}` : role === "member" ? `, accepted by name from the group of ${card}` : role === "byIds" ? ", by its ids" : "";
  const busy = live.busy.get(address);
  const held = busy === undefined ? "" : ` (not now: ${busy})`;
  if (live.moving.has(address)) return `${driver} now, from ${from ?? "no driver"}, and at every boot${why}${lost(facts, address)}`;
  const now = from === driver ? "on it already" : `${from === null ? "without a driver" : `on ${from}`} until then${held}`;
  const group = role !== "member" && device.iommuGroup.kind !== "value" ? "; group not known until the reboot" : "";
  return `${driver} at every boot from the next one on, ${now}${why}${lost(facts, address)}${group}`;
}

function lost(facts: HostFacts, address: string): string {
  const uses = facts.uses.filter((use) => use.address === address && use.kind !== "guest" && use.kind !== "process");
  return uses.length === 0 ? "" : `; the host loses: ${uses.map((use) => use.says).join(", ")}`;
}

/** Without the driver of now where only boots are asked for: a reboot must not look like drift. */
function observedOf(desired: VfioBindingDesired, found: BindingAsFound, lines: readonly BoundFunction[], state: string, staged: boolean): string {
  const list = lines.map(({ address, ids, driver }) => `${address} ${ids} on ${driver}`).join(", ");
  const now = desired.now === "never" ? "" : `; now: ${state}`;
  if (staged) return `next boot: ${list}${now}`;
  if (found.kind !== "ours") return `next boot: nothing of ours${found.kind === "none" ? "" : `, ${BINDING_PATH} is ${found.kind}`}; wanted: ${list}${now}`;
  const then = found.binding.functions.map(({ address, ids, driver }) => `${address} ${ids} on ${driver}`).join(", ");
  return `next boot: not as wanted; staged: ${then}; wanted: ${list}${now}`;
}

function foreignFile(found: BindingAsFound): Plan["findings"] {
  if (found.kind !== "foreign") return [];
  return [{
    rule: "file-not-ours", severity: "refuse", addresses: [],
    says: `${BINDING_PATH} is there and was not written by us; it would be overwritten.`, remedy: "Move it away, then preview again.",
  }];
}
