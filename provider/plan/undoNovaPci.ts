import type { HostFacts } from "../facts/hostFacts";
import { cloudView, computeHostOf, computeServiceOf, type CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { novaCompute, novaDropInHash, novaDropInNow, novaDropInPath, novaDropInText, restartIsDue, restartStep } from "./novaDropIn";
import { offeredBeside, providerOf } from "./novaExposure";
import { stillInUse } from "./novaPciFindings";
import { disabledByUs, quarantined, quarantineReason, QUARANTINE_PATH, released } from "./novaQuarantine";
import { addressOf, type NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

type Part = Pick<Plan, "steps" | "lines"> & { readonly cloud: readonly CloudStep[] };

/**
 * Takes our drop-in away and restarts nova-compute, unless a guest holds one of the cards. A person's own entries stay, and what they offer is offered
 * again: nobody would be left to look after our quarantine.
 */
export function undoNovaPci(facts: HostFacts, desired: NovaPciDesired): Plan {
  const journalled = facts.journal.files.filter(({ owner }) => owner === "NovaPci").map(({ path }) => path);
  const path = journalled.find((one) => one !== QUARANTINE_PATH) ?? novaDropInPath(novaCompute(facts), "nova-compute");
  const now = novaDropInNow(facts, path);
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  const seen = "finding" in view ? undefined : view;
  const addresses = (now ?? []).filter(({ key }) => key === "device_spec").map(({ value }) => addressOf(value)).filter((address): address is string => address !== undefined);
  const held = quarantined(facts);
  const findings = [
    // What a guest holds, and what is reserved, is not known from a cloud that does not answer.
    ..."finding" in view && view.finding.rule === "cloud-not-read" && addresses.length + held.length > 0 ? [view.finding] : [],
    ...stillInUse(facts, seen, addresses),
  ];
  const observed = now === undefined ? "no drop-in" : `${addresses.length} device_spec`;
  if (findings.length > 0) return { steps: [], lines: {}, observed, findings };
  const beside = offeredBeside(facts, path, [...addresses, ...held]);
  const file = fileBack(facts, desired, path);
  const offers = now === undefined ? { lines: {}, cloud: [] } : offersBack(facts, desired, seen, addresses, beside);
  const quarantine = quarantineBack(facts, seen, held, beside);
  return {
    steps: file.steps, cloud: [...offers.cloud, ...quarantine.cloud], after: quarantine.steps,
    lines: { ...file.lines, ...offers.lines, ...quarantine.lines }, observed, findings,
  };
}

/** The drop-in, without which Nova does not start where report_in_placement was on. */
function fileBack(facts: HostFacts, { unit }: NovaPciDesired, path: string): Pick<Plan, "steps" | "lines"> {
  const now = novaDropInNow(facts, path) ?? [];
  const stays = now.filter(({ key }) => key === "report_in_placement");
  const service = `service ${unit}`;
  const reading = stays.length === 0 ? "ends" : "starts";
  const lines: Record<string, string> = stays.length === 0 ? { [target.file(path)]: "removed, or put back as it was before us" }
    : { [target.file(path)]: "keeps report_in_placement = true and nothing else: Nova does not start on this host with it off again" };
  const file: Step[] = stays.length === 0 ? [{ kind: "restoreFile", path }] : [{ kind: "writeFile", path, text: novaDropInText(stays), mode: "0644", before: novaDropInHash(facts, path) }];
  if (facts.nova.files.has(path) && (stays.length === 0 || now.length !== stays.length)) {
    return { steps: [...file, restartStep(unit, reading)], lines: { ...lines, [service]: "restarted, so that Nova no longer offers the cards; running guests go on" } };
  }
  if (!restartIsDue(facts, "NovaPci")) return { steps: [], lines: stays.length === 0 ? {} : lines };
  return { steps: [restartStep(unit, reading)], lines: { [service]: "restarted: an earlier run was cut off before that, and Nova may still offer what is no longer in its files" } };
}

/** Cards of our file, and the wait until Placement no longer has those that no other file offers. */
function offersBack(facts: HostFacts, { deadlineSeconds }: NovaPciDesired, seen: CloudSeen | undefined, addresses: readonly string[], beside: ReadonlyMap<string, string>): Omit<Part, "steps"> {
  const says = (address: string): string => (beside.has(address) ? `no longer offered by our file; ${beside.get(address) ?? ""} goes on offering it` : "no longer offered by Nova");
  const gone = seen === undefined ? [] : addresses.filter((address) => providerOf(seen, address) !== undefined && !beside.has(address));
  return {
    lines: Object.fromEntries(addresses.map((address) => [target.device(facts, address), says(address)])),
    cloud: seen === undefined || gone.length === 0 ? [] : [{ kind: "waitForInventory", hypervisor: seen.root.name, devices: gone.map((address) => ({ address, inventory: null })), deadlineSeconds }],
  };
}

/** What we kept from guests: given back where another file goes on offering it, gone with our file everywhere else. */
function quarantineBack(facts: HostFacts, seen: CloudSeen | undefined, held: readonly string[], beside: ReadonlyMap<string, string>): Part {
  const service = computeServiceOf(facts);
  const lines: Record<string, string> = {};
  const given = held.filter((address) => beside.has(address));
  for (const address of given) lines[target.device(facts, address)] = `offered again, proven or not: ${beside.get(address) ?? ""} offers it too, and nobody keeps it from new guests from now on`;
  const enables = service !== undefined && disabledByUs(service);
  if (enables) lines[`service nova-compute on ${service.host}`] = "enabled again: we disabled it for a card in quarantine, and nobody looks after that from now on";
  if (held.length > 0) lines[target.file(QUARANTINE_PATH)] = "removed: gpuhost keeps no card of this host from guests any more";
  return {
    lines, steps: held.length > 0 ? [{ kind: "restoreFile", path: QUARANTINE_PATH }] : [],
    cloud: [...(seen === undefined ? [] : given.flatMap((address) => released(seen, address))), ...(enables ? [{ kind: "enableComputeService", host: service.host, reason: quarantineReason } as const] : [])],
  };
}
