import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { idsOf } from "./card";
import type { Plan } from "./plan";
import { boundByUs, DEADLINE_SECONDS, ours, takenBack } from "./undoVirtualFunctions";
import type { Step } from "./step";
import * as target from "./target";
import { moduleOf } from "./vfioVariant";
import { bootStaging, isStagedForBoot } from "./virtualBoot";
import { virtualFindings } from "./virtualFindings";
import { groupMates, isNamedDriver, plannedPhysical } from "./virtualWish";
import type { PlannedPhysical, VirtualFunctionsDesired } from "./virtualWish";

export type { VirtualFunctionsDesired } from "./virtualWish";
export { undoVirtualFunctions } from "./undoVirtualFunctions";

/**
 * What is to be done so that these physical functions have that many virtual ones, each with its driver and type: now, where that was asked for and
 * nobody has one of them, and at every boot. A number changes through 0 only, which takes all of them away.
 */
export function planVirtualFunctions(facts: HostFacts, desired: VirtualFunctionsDesired): Plan {
  const planned = plannedPhysical(facts, desired);
  const staged = isStagedForBoot(facts, planned);
  const live = desired.when === "now" ? planned.filter(({ remade, rebound, typed }) => remade || rebound.length > 0 || typed) : [];
  // A virtual function that is no more is nothing to give back.
  const gone = (physical: string | undefined): boolean => physical !== undefined && !desired.physicalFunctions.some(({ address }) => address === physical);
  const entries = ours(facts).filter(({ address, countBefore }) => gone(countBefore === "" ? physicalOf(facts, address) : address));
  const released = desired.when === "now" ? takenBack(facts, entries, boundByUs(facts).filter((address) => gone(physicalOf(facts, address)))) : { steps: [], lines: {}, findings: [] };
  const findings = [...virtualFindings(facts, desired, planned), ...released.findings];
  const found = { observed: observedOf(desired, planned, staged, released.steps.length > 0), findings, outputs: outputsOf(facts, desired, planned) };
  if (findings.some(({ severity }) => severity === "refuse")) return { steps: [], lines: {}, ...found };
  const staging = staged ? { steps: [], lines: {} } : bootStaging(facts, planned);
  const steps: Step[] = [...staging.steps, ...modules(facts, live), ...released.steps, ...live.flatMap(liveSteps)];
  const spoken = staged ? live : planned;
  const lines = { ...Object.fromEntries(spoken.map((each) => [target.device(facts, each.wish.address), sentence(each, live.includes(each), staged)])), ...reboundLines(facts, live), ...released.lines, ...staging.lines };
  return { steps, lines: steps.length === 0 ? {} : lines, ...found };
}

function physicalOf(facts: HostFacts, address: string): string | undefined {
  const device = facts.pciDevices.find((each) => each.address === address);
  return device && known(device.physicalFunction);
}

function modules(facts: HostFacts, live: readonly PlannedPhysical[]): Step[] {
  const [loaded, builtin] = [known(facts.modules.loaded), known(facts.modules.builtin)];
  const drivers = live.filter(({ wish }) => wish.count > 0 && isNamedDriver(wish.driver)).map(({ wish }) => moduleOf(wish.driver));
  return [...new Set(drivers)].filter((module) => loaded?.has(module) !== true && builtin?.has(module) !== true).map((module) => ({ kind: "loadModule", module }));
}

function liveSteps({ wish, ids, driver, now, by, remade, rebound, typed }: PlannedPhysical): Step[] {
  const { address, count } = wish;
  return [
    ...(remade ? [{ kind: "setVirtualFunctions", address, ids, physicalDriver: driver ?? "", from: now ?? 0, to: count, by, driver: wish.driver, deadlineSeconds: DEADLINE_SECONDS } as const] : []),
    ...(rebound.length > 0 ? [{ kind: "rebind", functions: rebound.map((each) => ({ address: each.address, ids: idsOf(each).full, from: known(each.driver) ?? null, to: wish.driver })), deadlineSeconds: DEADLINE_SECONDS } as const] : []),
    ...(typed ? [{ kind: "setVgpuTypes", address, ids, types: wish.vgpuTypes ?? [], deadlineSeconds: DEADLINE_SECONDS } as const] : []),
  ];
}

function sentence({ wish, now, by, addresses, remade, typed, virtual }: PlannedPhysical, live: boolean, staged: boolean): string {
  const { count, driver, vgpuTypes } = wish;
  const list = count === 0 ? "" : addresses === null ? " (where the card puts them)" : ` (${listed(addresses)})`;
  const change = remade ? `virtual functions ${now ?? "?"} -> ${count}${list}` : `its ${count} virtual functions${list} as they are`;
  const through = live && remade && count > 0 && (now ?? 0) > 0 ? ", through 0, which takes those of now away" : "";
  const tool = remade && by === "sriov-manage" ? ", by NVIDIA's sriov-manage" : "";
  const drives = count === 0 ? "" : driver === "host" ? ", each on the driver that the kernel gives it" : driver === "none" ? ", each without a driver" : `, each on ${driver}`;
  const before = virtual.map((each) => (each.vgpu === undefined ? "?" : known(each.vgpu.currentType) ?? "?")).join(", ");
  const types = vgpuTypes === undefined || count === 0 ? "" : live && typed && !remade ? `; vGPU types ${before} -> ${vgpuTypes.join(", ")}` : `; vGPU types ${vgpuTypes.join(", ")}`;
  const when = live ? (staged ? "; now, as at every boot already" : "; now and at every boot") : "; at every boot from the next one on";
  return `${change}${through}${tool}${drives}${types}${when}`;
}

/** All of a few, the ends of many. */
function listed(addresses: readonly string[]): string {
  return addresses.length <= 8 ? addresses.join(", ") : `${addresses.slice(0, 3).join(", ")} ... ${addresses.at(-1) ?? ""}`;
}

function reboundLines(facts: HostFacts, live: readonly PlannedPhysical[]): Record<string, string> {
  return Object.fromEntries(live.flatMap(({ wish, rebound }) => rebound.map((each) =>
    [target.device(facts, each.address), `${wish.driver} now, from ${known(each.driver) ?? "no driver"}, as a virtual function of ${wish.address}`])));
}

/** Without what runs now where only boots are asked for: a reboot must not look like drift. */
function observedOf({ when }: VirtualFunctionsDesired, planned: readonly PlannedPhysical[], staged: boolean, releases: boolean): string {
  const wanted = planned.map(({ wish }) => `${wish.address} ${wish.count}${wish.count > 0 ? ` on ${wish.driver}` : ""}${wish.vgpuTypes === undefined ? "" : ` of types ${wish.vgpuTypes.join(", ")}`}`).join(", ");
  const boot = `at boot: ${staged ? wanted : `not as wanted (${wanted})`}`;
  if (when === "nextBoot") return boot;
  const now = planned.map(({ wish, now: count, virtual, remade, rebound, typed }) => {
    if (!remade && rebound.length === 0 && !typed) return `${wish.address} as wanted`;
    const drivers = [...new Set(virtual.map((each) => known(each.driver) ?? "no driver"))].sort().join(", ");
    const types = typed && !remade ? ` of types ${virtual.map((each) => (each.vgpu === undefined ? "?" : known(each.vgpu.currentType) ?? "?")).join(", ")}` : "";
    return `${wish.address} ${count ?? "?"}${drivers === "" ? "" : ` on ${drivers}`}${types}`;
  }).join(", ");
  return `now: ${now}${releases ? ", others not given back" : ""}; ${boot}`;
}

function outputsOf(facts: HostFacts, desired: VirtualFunctionsDesired, planned: readonly PlannedPhysical[]): Readonly<Record<string, unknown>> {
  const functions = Object.fromEntries(planned.map(({ wish, device }) => [wish.address, device.sriov?.functions ?? []]));
  // Where one is missing, nothing is known of its group.
  const complete = desired.physicalFunctions.every(({ address, count }) => (functions[address] ?? []).length >= count);
  const alone = complete && Object.values(functions).flat().every((address) => groupMates(facts, address)?.length === 0);
  return { functions, alone };
}
