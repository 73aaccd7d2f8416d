import type { HostFacts } from "../facts/hostFacts";
import { comparePciAddresses, slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { usesOf } from "./bindingFindings";
import type { PlannedFunction, VfioBindingDesired } from "./boundFunctions";
import type { Step } from "./step";
import { moduleOf } from "./vfioVariant";

/** Seconds for all functions together: a driver that lets go of a GPU takes a few, one that hangs takes for ever. */
const DEADLINE_SECONDS = 60;

export interface LiveBinding {
  readonly steps: readonly Step[];
  /** Functions that change their driver now. */
  readonly moving: ReadonlySet<string>;
  /** Functions that would, and what keeps them. */
  readonly busy: ReadonlyMap<string, string>;
  /** For the fingerprint. */
  readonly state: string;
  /** Nothing is left that a reboot would change. */
  readonly complete: boolean;
}

/** Who gets another driver in this boot. A slot moves as a whole or not at all; a guest's card never moves. */
export function liveBinding(facts: HostFacts, desired: VfioBindingDesired, functions: readonly PlannedFunction[]): LiveBinding {
  const waiting = functions.filter((each) => each.from !== each.driver);
  const busy = new Map<string, string>();
  if (desired.now === "whenIdle") {
    for (const each of waiting) {
      const reason = facts.iommu.state !== "active" ? "the IOMMU is off" : functions.filter((other) => slotOf(other.address) === slotOf(each.address)).flatMap((other) => inUse(facts, other))[0];
      if (reason !== undefined) busy.set(each.address, reason);
    }
  }
  const moving = desired.now === "whenIdle" ? waiting.filter((each) => !busy.has(each.address)) : [];
  const state = waiting.length === 0 ? "as wanted" : waiting.map((each) => `${each.address} on ${each.from ?? "no driver"}`).join(", ");
  return { steps: rebindSteps(facts, moving), moving: new Set(moving.map((each) => each.address)), busy, state, complete: moving.length === waiting.length };
}

/** Displays and framebuffers count as idle: they are always there on a native driver, and the boot display has to be acknowledged anyway. */
function inUse(facts: HostFacts, { address, device, acknowledge }: PlannedFunction): string[] {
  if (device.driver.kind === "unreadable") return ["its driver could not be read"];
  return usesOf(facts, address).filter((use) => use.kind === "guest" || ((use.kind === "process" || use.kind === "input") && !acknowledge.includes(use.reason))).map((use) => use.says);
}

/** Higher functions first: a GPU's companions are linked to it as consumers (drivers/pci/quirks.c, quirk_gpu_hda). */
function rebindSteps(facts: HostFacts, moving: readonly PlannedFunction[]): Step[] {
  if (moving.length === 0) return [];
  const [loaded, builtin] = [known(facts.modules.loaded), known(facts.modules.builtin)];
  const modules = [...new Set(moving.map((each) => moduleOf(each.driver)))].filter((module) => loaded?.has(module) !== true && builtin?.has(module) !== true);
  const ordered = [...moving].sort((a, b) => comparePciAddresses(slotOf(a.address) + ".0", slotOf(b.address) + ".0") || comparePciAddresses(b.address, a.address));
  return [
    ...modules.map((module): Step => ({ kind: "loadModule", module })),
    { kind: "rebind", functions: ordered.map(({ address, ids, from, driver }) => ({ address, ids, from, to: driver })), deadlineSeconds: DEADLINE_SECONDS },
  ];
}
