import type { HostFacts } from "../facts/hostFacts";
import { comparePciAddresses, slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { described, isGpu, isVirtual } from "../readiness/card";
import type { Finding } from "../readiness/finding";
import { isBoardManagementDisplay } from "../readiness/knownDevices";
import { ANY_ADDRESS } from "./bootBinding";
import type { BoundFunction } from "./bootBinding";
import { isPciBridge } from "./boundFunctions";
import type { VfioBindingDesired } from "./boundFunctions";
import { matchesIds } from "./card";
import type { NamedCard } from "./card";
import { vfioDriverFor } from "./vfioVariant";

/**
 * Every function that `byIds` stands for today, as one more named card for each slot. Slots that are named already, functions that are accepted by
 * name and virtual functions are left out. Their class does not matter here: what may not be bound by ids is to be refused, not passed over.
 */
export function cardsOfIds(facts: HostFacts, { cards, byIds = [] }: { readonly cards: readonly NamedCard[]; readonly byIds?: readonly string[] | undefined }, accepted: readonly string[] = []): NamedCard[] {
  const slots = new Set(cards.map((card) => slotOf(card.address)));
  const found: NamedCard[] = [];
  for (const device of [...facts.pciDevices].sort((a, b) => comparePciAddresses(a.address, b.address))) {
    const id = byIds.find((each) => matchesIds(device, each));
    if (id === undefined || slots.has(slotOf(device.address)) || accepted.includes(device.address) || isVirtual(device)) continue;
    slots.add(slotOf(device.address));
    found.push({ address: device.address, id });
  }
  return found;
}

/** The wish with those cards among the named ones, so that they are listed, judged and bound as these are. */
export function withIds(facts: HostFacts, desired: VfioBindingDesired): VfioBindingDesired {
  const found = cardsOfIds(facts, desired, desired.acceptGroupMembers.map((each) => each.address));
  return { ...desired, cards: [...desired.cards, ...found.map((card) => ({ ...card, acknowledge: [], byIds: true as const }))] };
}

/** The lines of the binding file that the boot hook expands; see docs/decisions/0010. */
export function idsWide(facts: HostFacts, { byIds = [], driver }: VfioBindingDesired): BoundFunction[] {
  return [...new Set(byIds)].sort().map((ids) => {
    const present = facts.pciDevices.find((device) => matchesIds(device, ids));
    return { address: ANY_ADDRESS, ids, driver: driver !== "auto" ? driver : present === undefined ? "vfio-pci" : vfioDriverFor(facts, present) };
  });
}

/** Key of a plan's line about ids, wherever a function of them is. */
export function idsTarget(ids: string): string {
  return `ids ${ids}`;
}

/** A sentence for each id: what a reviewer says yes to beyond the functions that are listed. */
export function idsLines(wide: readonly BoundFunction[]): Record<string, string> {
  return Object.fromEntries(wide.map(({ ids, driver }) => [idsTarget(ids),
    `${driver} at every boot from the next one on, for an identical card that is put in later too; the display the host booted on, virtual functions and whatever is no display or accelerator are left alone`]));
}

/** Present functions that the boot hook gives away by these lines: what they name by address, and what they take by ids. */
export function takenAtBoot(facts: HostFacts, lines: readonly BoundFunction[]): string[] {
  const wide = lines.filter((line) => line.address === ANY_ADDRESS);
  const byIds = facts.pciDevices.filter((device) => wide.some((line) => matchesIds(device, line.ids)) && /^(03|12)/.test(known(device.class) ?? "") && known(device.bootVga) !== true && !isVirtual(device));
  return [...new Set([...lines.filter((line) => line.address !== ANY_ADDRESS), ...byIds].map((each) => each.address))].sort(comparePciAddresses);
}

export function byIdsFindings(facts: HostFacts, desired: VfioBindingDesired): Finding[] {
  const byIds = desired.byIds ?? [];
  if (byIds.length === 0) return [];
  const taken = withIds(facts, desired).cards.filter((card) => card.byIds === true);
  const findings = byIds.map((ids): Finding => {
    const here = taken.filter((card) => card.id === ids).map((card) => card.address);
    return {
      rule: "ids-wide", severity: "warn", addresses: here,
      says: `${ids} is bound wherever it is: ${here.length > 0 ? `here ${here.join(", ")}, and ` : "nothing of these ids is here that is not named by address, and "}an identical card that is put in later is taken at its first boot, before any preview has shown it.`,
      remedy: "Name cards by address where only these are meant, or where one of them stays with the host.",
    };
  });
  const unread = facts.pciDevices.filter((device) => known(device.vendor) === undefined || known(device.device) === undefined).map((device) => device.address);
  if (unread.length > 0) {
    findings.push({ rule: "ids-unreadable", severity: "refuse", addresses: unread, says: `The ids of ${unread.join(", ")} could not be read: whether byIds means them is not known.`, remedy: "Let the connection's user read /sys/bus/pci (sudo), then preview again." });
  }
  for (const device of facts.pciDevices.filter((each) => byIds.some((ids) => matchesIds(each, ids)) && !isVirtual(each))) {
    if (isGpu(device) || isBoardManagementDisplay(device) || isPciBridge(device)) continue;
    findings.push({
      rule: "ids-not-a-gpu", severity: "refuse", addresses: [device.address],
      says: `${described(device)} is no display or accelerator function (class 03xx or 12xx), and only those are bound by ids: another disk or network card of these ids would be taken before the host has found its root file system.`,
      remedy: "Name it by address (cards); the other functions of a card's slot go along by themselves.",
    });
  }
  return findings;
}

/** Target and sentence of ids that no longer count. */
export function idsGone(before: readonly BoundFunction[], now: readonly BoundFunction[]): Record<string, string> {
  const still = new Set(now.filter((line) => line.address === ANY_ADDRESS).map((line) => line.ids));
  const gone = before.filter((line) => line.address === ANY_ADDRESS && !still.has(line.ids));
  return Object.fromEntries(gone.map((line) => [idsTarget(line.ids), "no longer bound at boot wherever it is"]));
}
