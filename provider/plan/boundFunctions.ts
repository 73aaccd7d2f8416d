import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { comparePciAddresses, slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { isBridge } from "../readiness/card";
import type { BoundFunction } from "./bootBinding";
import { deviceAt, idsOf } from "./card";
import type { NamedCard } from "./card";
import { vfioDriverFor } from "./vfioVariant";

export interface BoundCard extends NamedCard {
  /** Reasons (DeviceUse.reason, "boot-display") for which the host may lose this card all the same. */
  readonly acknowledge: readonly string[];
  /** Stands here for its ids, which were asked for wherever they are; nobody named its address. */
  readonly byIds?: true | undefined;
}

export interface AcceptedMember {
  readonly address: string;
  readonly becomes: "vfio-pci" | "pci-stub";
  readonly acknowledge: readonly string[];
}

export interface VfioBindingDesired {
  readonly cards: readonly BoundCard[];
  /** "vendor:device[:subvendor:subdevice]": every function of these ids, also one that is put in later. Left out: none. */
  readonly byIds?: readonly string[] | undefined;
  /** Foreign members of the cards' IOMMU groups that go along. */
  readonly acceptGroupMembers: readonly AcceptedMember[];
  /** "vfio-pci", "auto" (a variant driver where the kernel has one for the card), or a variant's name; companions get vfio-pci. */
  readonly driver: string;
  /** whenIdle: also now, where nothing uses the card. */
  readonly now: "never" | "whenIdle";
  /** True when the same stack turns the IOMMU on for the next boot. */
  readonly iommuWillBeOn: boolean;
}

/** A function that gets another driver, and on whose word. */
export interface PlannedFunction extends BoundFunction {
  readonly role: "card" | "byIds" | "companion" | "member";
  /** The card it goes along with. */
  readonly card: string;
  readonly acknowledge: readonly string[];
  readonly device: PciDevice;
  /** Driver now; null for none. */
  readonly from: string | null;
}

/** A PCI-to-PCI bridge by class or by header; vfio-pci refuses it after it has lost its driver (vfio_pci_core.c). */
export function isPciBridge(device: PciDevice): boolean {
  const header = known(device.config)?.headerType;
  return isBridge(device) || (header !== undefined && known(header) === 1);
}

/** Named cards with all functions of their slots, then accepted members, by address; bridges and virtual functions never. */
export function boundFunctions(facts: HostFacts, desired: VfioBindingDesired): PlannedFunction[] {
  const planned = new Map<string, PlannedFunction>();
  const add = (device: PciDevice, role: PlannedFunction["role"], driver: string, card: string, acknowledge: readonly string[]): void => {
    if (isPciBridge(device) || device.physicalFunction.kind === "value" || planned.has(device.address)) return;
    planned.set(device.address, { address: device.address, ids: idsOf(device).full, driver, role, card, acknowledge, device, from: known(device.driver) ?? null });
  };
  for (const card of desired.cards) {
    const device = deviceAt(facts, card.address);
    if (device !== undefined) add(device, card.byIds === true ? "byIds" : "card", desired.driver === "auto" ? vfioDriverFor(facts, device) : desired.driver, card.address, card.acknowledge);
  }
  for (const card of desired.cards) {
    const slot = facts.pciDevices.filter((each) => slotOf(each.address) === slotOf(card.address));
    for (const device of slot) add(device, "companion", desired.driver === "auto" ? vfioDriverFor(facts, device) : "vfio-pci", card.address, card.acknowledge);
  }
  for (const member of desired.acceptGroupMembers) {
    const device = deviceAt(facts, member.address);
    if (device !== undefined) add(device, "member", member.becomes, cardOfMember(facts, desired, device), member.acknowledge);
  }
  return [...planned.values()].sort((a, b) => comparePciAddresses(a.address, b.address));
}

function cardOfMember(facts: HostFacts, desired: VfioBindingDesired, device: PciDevice): string {
  const group = facts.iommu.groups.find((each) => each.members.includes(device.address));
  return desired.cards.find((card) => group?.members.includes(card.address))?.address ?? desired.cards[0]?.address ?? "";
}

/** Members of the groups of the planned functions that nobody named: neither planned nor a bridge. */
export function bystanders(facts: HostFacts, functions: readonly PlannedFunction[]): { readonly card: string; readonly device: PciDevice }[] {
  const planned = new Set(functions.map((each) => each.address));
  const found = new Map<string, { card: string; device: PciDevice }>();
  for (const { address, card, role } of functions) {
    if (role === "member") continue;
    const group = facts.iommu.groups.find((each) => each.members.includes(address));
    for (const member of group?.members ?? []) {
      const device = deviceAt(facts, member);
      if (device !== undefined && !planned.has(member) && !isPciBridge(device)) found.set(member, { card, device });
    }
  }
  return [...found.values()].sort((a, b) => comparePciAddresses(a.device.address, b.device.address));
}
