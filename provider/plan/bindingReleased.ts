import type { HostFacts, JournalledDevice } from "../facts/hostFacts";
import { comparePciAddresses, slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { everyFunction } from "./bindingFacts";
import type { BindingAsFound } from "./bindingFacts";
import { usesOf } from "./bindingFindings";
import { idsGone, takenAtBoot } from "./bindingByIds";
import type { BoundFunction } from "./bootBinding";
import type { VfioBindingDesired } from "./boundFunctions";
import { deviceAt, idsOf } from "./card";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

export const OWNER = "VfioBinding";

/** Seconds for all functions together, as for binding. */
const DEADLINE_SECONDS = 60;

/** Functions that were ours and are no longer wanted: a line each, and what is done about them now. */
export interface ReleasedFunctions extends Pick<Plan, "steps" | "lines" | "findings"> {
  /** For the fingerprint: those that could be given back now and are not yet; "" when there are none. */
  readonly state: string;
}

/**
 * What becomes of the functions that were taken out of the wish. Those that we bound in a running system are given back in it, where `now` asks
 * for that and nothing uses them; what the boot hook bound goes back with the next boot. A guest's card is not taken out of its binding.
 */
export function releasedFunctions(facts: HostFacts, desired: VfioBindingDesired, found: BindingAsFound, wanted: readonly BoundFunction[], staged: boolean): ReleasedFunctions {
  const still = new Set(wanted.map((each) => each.address));
  const atBoot = staged ? [] : takenAtBoot(facts, everyFunction(found)).filter((address) => !still.has(address));
  const live = liveFunctions(facts).map((each) => each.address).filter((address) => !still.has(address) && driverOfOurs(facts, address) !== undefined);
  const gone = [...new Set([...atBoot, ...live])].sort(comparePciAddresses);
  const busy = new Map(gone.flatMap((address) => gone.filter((each) => slotOf(each) === slotOf(address)).flatMap((each) => holders(facts, each)).slice(0, 1).map((says) => [address, says] as const)));
  const moving = desired.now === "whenIdle" ? live.filter((address) => !busy.has(address)) : [];
  const lines = gone.filter((address) => !staged || moving.includes(address)).map((address) => {
    const held = desired.now === "whenIdle" && live.includes(address) ? busy.get(address) : undefined;
    const says = moving.includes(address) ? `given back now, to ${driverBefore(facts, address)}; no longer bound at boot` : untilNextBoot(facts, address, held);
    return [target.device(facts, address), says] as const;
  });
  return {
    steps: releaseSteps(moving), lines: { ...Object.fromEntries(lines), ...(staged ? {} : idsGone(everyFunction(found), wanted)) },
    state: moving.map((address) => `${address} to be given back`).join(", "),
    findings: staged ? [] : heldByGuests(facts, gone, "Shut that guest down or move it away, or name the card again, then preview again."),
  };
}

function holders(facts: HostFacts, address: string): string[] {
  return usesOf(facts, address).filter((use) => use.kind === "guest" || use.kind === "process" || use.kind === "input").map((use) => use.says);
}

function untilNextBoot(facts: HostFacts, address: string, held: string | undefined): string {
  const driver = driverOfOurs(facts, address);
  if (driver === undefined) return "no longer bound at boot";
  const live = liveFunctions(facts).some((each) => each.address === address);
  const then = live ? `goes back to ${driverBefore(facts, address)}` : "goes to the driver that the kernel has for it";
  return `no longer bound at boot: stays on ${driver} until the next one${held === undefined ? "" : ` (not now: ${held})`}, then ${then}`;
}

/** Functions that we bound in a running system and that are still the same there. */
export function liveFunctions(facts: HostFacts): readonly JournalledDevice[] {
  return facts.journal.devices.filter((each) => {
    const device = deviceAt(facts, each.address);
    return each.owner === OWNER && (device === undefined || idsOf(device).full === each.ids);
  });
}

/** The driver of a function where it is one that this project gives out. */
export function driverOfOurs(facts: HostFacts, address: string): string | undefined {
  const driver = known(deviceAt(facts, address)?.driver ?? { kind: "absent" });
  return driver !== undefined && /vfio|pci-stub/.test(driver) ? driver : undefined;
}

/** What it had before we bound it live. */
export function driverBefore(facts: HostFacts, address: string): string {
  return liveFunctions(facts).find((each) => each.address === address)?.driverBefore || "no driver";
}

/** Companions let go first. */
export function releaseSteps(addresses: readonly string[]): Step[] {
  if (addresses.length === 0) return [];
  const ordered = [...addresses].sort((a, b) => comparePciAddresses(`${slotOf(a)}.0`, `${slotOf(b)}.0`) || comparePciAddresses(b, a));
  return [{ kind: "releaseDevice", addresses: ordered, deadlineSeconds: DEADLINE_SECONDS }];
}

export function heldByGuests(facts: HostFacts, addresses: readonly string[], remedy: string): Finding[] {
  return addresses.flatMap((address) => usesOf(facts, address).filter((use) => use.kind === "guest").map((use): Finding => ({
    rule: "in-use-by-guest", severity: "refuse", addresses: [address], says: `${address} cannot be taken back: ${use.says}.`, remedy,
  })));
}
