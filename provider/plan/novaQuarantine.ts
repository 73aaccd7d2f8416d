import type { ComputeServiceFacts } from "../facts/cloud/cloudFacts";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { sha256 } from "./hash";
import { offeredBeside, providerOf } from "./novaExposure";
import type { NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Cards that we took out of scheduling, one a line: what a person reserved is not ours to give back. */
export const QUARANTINE_PATH = "/etc/gpuhost/nova-quarantine.conf";

export const quarantineReason = "gpuhost: a card that Nova offers is not proven any more";

export interface Quarantine {
  /** What is taken is noted before it is taken. */
  readonly steps: readonly Step[];
  /** What is given back leaves the note after that. */
  readonly after: readonly Step[];
  readonly cloud: readonly CloudStep[];
  readonly lines: Readonly<Record<string, string>>;
  /** What will be done as soon as a card of ours is proven: the same words as in the lines of the run that does it. */
  readonly later: Readonly<Record<string, string>>;
  /** Why a card is taken. Not in a line: a reboot of the same run may change the reason, and the card is to be taken all the same. */
  readonly findings: readonly Finding[];
  /** Something is taken out of scheduling: nothing else is done in the same run. */
  readonly closes: boolean;
  /** Cards that are kept from new guests by us, and offered again once a fresh read proves them. */
  readonly waiting: readonly string[];
}

interface Look {
  readonly facts: HostFacts;
  readonly desired: NovaPciDesired;
  readonly seen: CloudSeen;
  readonly exposed: ReadonlySet<string>;
  readonly verification: Plan;
}

/**
 * Cards that Nova offers are kept from new guests while they are not proven: by reserving the card in Placement, or, where Nova does not report PCI
 * there, by disabling the compute service. What was taken out by us comes back once it is proven again, or no longer offered at all (`leaving`: cards
 * that this very run takes from our file). A card that was reserved before (by a person, or by Nova after a one-time use) is not noted as ours.
 */
export function quarantineOf(look: Look, leaving: readonly string[]): Quarantine {
  const { facts, desired, exposed, verification } = look;
  const held = quarantined(facts);
  const verdicts = (verification.outputs?.["verdicts"] ?? {}) as Readonly<Record<string, string>>;
  const wished = desired.deviceSpecs.map(({ address }) => address);
  const unproven = wished.filter((address) => verdicts[address] !== "ready");
  const due = unproven.filter((address) => exposed.has(address));
  const taken = due.flatMap((address) => takenFrom(look, address));
  const waiting = unproven.filter((address) => held.includes(address));
  const back = taken.length > 0 ? [] : [...leaving, ...wished.filter((address) => held.includes(address) && !unproven.includes(address))];
  const enables = back.length > 0 && due.length === 0 && held.every((address) => back.includes(address));
  const { steps, after } = notes(facts, held, taken.map(({ address }) => address), back);
  const file = { [target.file(QUARANTINE_PATH)]: "kept up to date: the cards that gpuhost keeps from new guests" };
  const lines = {
    ...Object.fromEntries(taken.map(({ address, says }) => [key(address), says])),
    ...liftedLines(look, back.filter((address) => wished.includes(address)), enables),
    ...(steps.length + after.length > 0 ? file : {}),
  };
  const later = waiting.length === 0 ? {} : { ...liftedLines(look, waiting.filter((address) => !taken.some((one) => one.address === address)), true), ...file };
  return {
    steps, after, lines, later, waiting, closes: taken.length > 0,
    cloud: taken.length > 0 ? taken.flatMap(({ step }) => step ?? []) : [...back.flatMap((address) => released(look.seen, address)), ...(enables ? enabled(look.seen) : [])],
    findings: taken.map(({ address }) => notProven(look, address)),
  };
}

interface Taken {
  readonly address: string;
  readonly step?: CloudStep;
  readonly says: string;
}

/** How a card is taken out of scheduling; [] where it is out of it already. */
function takenFrom({ facts, seen }: Look, address: string): Taken[] {
  const { root, service } = seen;
  const provider = providerOf(seen, address);
  const inventory = provider?.inventories[0];
  if (provider !== undefined && inventory !== undefined) {
    if (inventory.reserved >= inventory.total) return [];
    return [{
      address, step: { kind: "reserveInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } },
      says: `quarantined, since it is not proven any more: reserved in Placement (${provider.name}), so that no new guest gets it; a guest that has it keeps it`,
    }];
  }
  if (service.status === "enabled") {
    return [{
      address, step: { kind: "disableComputeService", host: service.host, reason: quarantineReason },
      says: `quarantined, since it is not proven any more: nova-compute on ${service.host} is disabled, because Nova does not report PCI devices of ${root.name} to Placement`,
    }];
  }
  if (service.disabledReason !== quarantineReason || quarantined(facts).includes(address)) return [];
  return [{ address, says: `quarantined, since it is not proven any more: nova-compute on ${service.host} is disabled for another card already, and stays so for both` }];
}

/** Offers a card again that is reserved whole. */
export function released(seen: CloudSeen, address: string): CloudStep[] {
  const provider = providerOf(seen, address);
  const inventory = provider?.inventories[0];
  if (provider === undefined || inventory === undefined || inventory.reserved !== inventory.total) return [];
  return [{ kind: "releaseInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } }];
}

export const disabledByUs = ({ status, disabledReason }: ComputeServiceFacts): boolean => status === "disabled" && disabledReason === quarantineReason;

function enabled({ service }: CloudSeen): CloudStep[] {
  return disabledByUs(service) ? [{ kind: "enableComputeService", host: service.host, reason: quarantineReason }] : [];
}

/** What a plan calls a quarantine: what becomes of the card's device_spec has a line of its own beside it. */
const key = (address: string): string => `quarantine of ${address}`;

function liftedLines(look: Look, addresses: readonly string[], enables: boolean): Record<string, string> {
  const lines: Record<string, string> = {};
  for (const address of addresses) lines[key(address)] = `lifted once a fresh read proves ${address}: new guests get it again, and not before`;
  if (enables && disabledByUs(look.seen.service)) lines[`service nova-compute on ${look.seen.service.host}`] = "enabled again once no card is in quarantine any more";
  return lines;
}

function notProven({ facts, verification }: Look, address: string): Finding {
  return {
    rule: "not-proven", severity: "warn", addresses: [address],
    says: `Nova offers ${address}, which is not proven any more: ${verification.lines[target.device(facts, address)] ?? "its verification says nothing of it"}.`,
    remedy: "No new guest gets it until a fresh read proves it; then the next run offers it again.",
  };
}

/** Cards of ours in quarantine that this run takes from our file and that no other file offers: nothing is left to be kept from guests. */
export function leavingQuarantine(facts: HostFacts, desired: NovaPciDesired, path: string): string[] {
  const held = quarantined(facts).filter((address) => !desired.deviceSpecs.some((spec) => spec.address === address));
  const offered = offeredBeside(facts, path, held);
  return held.filter((address) => !offered.has(address));
}

export function quarantined(facts: HostFacts): readonly string[] {
  const text = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  return (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#")).sort();
}

/** One of the two: a run that takes gives nothing back. */
function notes(facts: HostFacts, held: readonly string[], taken: readonly string[], back: readonly string[]): Pick<Quarantine, "steps" | "after"> {
  const before = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  const all = [...new Set([...held, ...taken])].sort();
  const left = held.filter((address) => !back.includes(address));
  return { steps: all.length > held.length ? [note(all, before)] : [], after: left.length < held.length ? [note(left, before)] : [] };
}

function note(addresses: readonly string[], before: string | undefined): Step {
  if (addresses.length === 0) return { kind: "restoreFile", path: QUARANTINE_PATH };
  return { kind: "writeFile", path: QUARANTINE_PATH, text: noteText(addresses), mode: "0644", before: before === undefined ? "absent" : sha256(before) };
}

const noteText = (addresses: readonly string[]): string =>
  `# Cards that gpuhost keeps from new guests because they are not proven any more.\n${addresses.map((address) => `${address}\n`).join("")}`;
