import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { sha256 } from "./hash";
import { exposedNow, providerOf } from "./novaExposure";
import type { NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Cards that we took out of scheduling, one a line: what a person reserved is not ours to give back. */
export const QUARANTINE_PATH = "/etc/gpuhost/nova-quarantine.conf";

export const quarantineReason = "gpuhost: a card that Nova offers is not proven any more";

export interface Quarantine {
  /** The note on the host. Where something is given back, the last of them comes after that: a note outlives what it is about. */
  readonly steps: readonly Step[];
  readonly cloud: readonly CloudStep[];
  readonly lines: Readonly<Record<string, string>>;
  /** Something has to be taken out of scheduling: nothing else is done in the same run. */
  readonly closes: boolean;
}

/**
 * Cards that Nova offers are kept from new guests while they are not proven: by reserving the card in Placement, or, where Nova does not report PCI
 * there, by disabling the compute service. What was taken out by us comes back once it is proven again, or no longer offered at all. A card that was
 * reserved before (by a person, or by Nova after a one-time use) is not noted as ours.
 */
export function quarantineOf(facts: HostFacts, desired: NovaPciDesired, seen: CloudSeen, exposed: ReadonlySet<string>, verification: Plan, path: string): Quarantine {
  const verdicts = (verification.outputs?.["verdicts"] ?? {}) as Readonly<Record<string, string>>;
  const held = quarantined(facts);
  const { root, service } = seen;
  const due: string[] = [];
  const taken: string[] = [];
  const back = noLongerOffered(facts, desired, held, path);
  const cloud: CloudStep[] = [];
  const lines: Record<string, string> = {};
  for (const { address } of desired.deviceSpecs) {
    const proven = verdicts[address] === "ready";
    const provider = providerOf(seen, address);
    const inventory = provider?.inventories[0];
    const key = target.device(facts, address);
    if (!proven && exposed.has(address)) {
      due.push(address);
      const why = `Not proven any more: ${verification.lines[key] ?? "its verification says nothing of it"}`;
      if (provider !== undefined && inventory !== undefined) {
        if (inventory.reserved < inventory.total) {
          taken.push(address);
          cloud.push({ kind: "reserveInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } });
          lines[key] = `quarantined: reserved in Placement (${provider.name}), so that no new guest gets it; a guest that has it keeps it. ${why}`;
        }
      } else if (service.status === "enabled") {
        taken.push(address);
        cloud.push({ kind: "disableComputeService", host: service.host, reason: quarantineReason });
        lines[key] = `quarantined: nova-compute on ${service.host} is disabled, since Nova does not report PCI devices of ${root.name} to Placement. ${why}`;
      } else if (service.disabledReason === quarantineReason) {
        taken.push(address);
      }
    } else if (proven && held.includes(address)) {
      back.push(address);
      if (provider !== undefined && inventory !== undefined && inventory.reserved === inventory.total) {
        cloud.push({ kind: "releaseInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } });
      }
      lines[key] = "offered again: proven by a fresh read, and taken out of quarantine";
    }
  }
  const kept = held.filter((address) => !back.includes(address));
  if (kept.length === 0 && due.length === 0 && back.length > 0 && service.status === "disabled" && service.disabledReason === quarantineReason) {
    cloud.push({ kind: "enableComputeService", host: service.host, reason: quarantineReason });
    lines[`service nova-compute on ${service.host}`] = "enabled again: no card is in quarantine any more";
  }
  const steps = notes(facts, held, taken, back);
  if (steps.length > 0) lines[target.file(QUARANTINE_PATH)] = "kept up to date: the cards that gpuhost keeps from new guests";
  return { steps, cloud, lines, closes: cloud.length > 0 && back.length === 0 };
}

/** Cards of ours in quarantine that are no longer to be offered, and that no other file offers: nothing is left to be kept from guests. */
function noLongerOffered(facts: HostFacts, desired: NovaPciDesired, held: readonly string[], path: string): string[] {
  const others = { ...facts, nova: { ...facts.nova, files: new Map([...facts.nova.files].filter(([file]) => file !== path)) } };
  const offered = exposedNow(others, held);
  return held.filter((address) => !desired.deviceSpecs.some((spec) => spec.address === address) && !offered.has(address));
}

export function quarantined(facts: HostFacts): readonly string[] {
  const text = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  return (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#")).sort();
}

/** What is taken is noted before it is taken, what is given back after that: a run that dies in between leaves its note. */
function notes(facts: HostFacts, held: readonly string[], taken: readonly string[], back: readonly string[]): Step[] {
  const before = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  const all = [...new Set([...held, ...taken])].sort();
  const left = all.filter((address) => !back.includes(address));
  const steps: Step[] = all.length > held.length ? [note(all, before)] : [];
  return left.length === all.length ? steps : [...steps, note(left, steps.length > 0 ? noteText(all) : before)];
}

function note(addresses: readonly string[], before: string | undefined): Step {
  if (addresses.length === 0) return { kind: "restoreFile", path: QUARANTINE_PATH };
  return { kind: "writeFile", path: QUARANTINE_PATH, text: noteText(addresses), mode: "0644", before: before === undefined ? "absent" : sha256(before) };
}

const noteText = (addresses: readonly string[]): string =>
  `# Cards that gpuhost keeps from new guests because they are not proven any more.\n${addresses.map((address) => `${address}\n`).join("")}`;
