import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { sharedSwitch } from "./boards";
import { isGpu, isVfioDriver, type Card } from "./card";
import type { Fabric, KnownDevice, KnownDevices } from "./deviceKnowledge";
import { isNvSwitch, knownDevice } from "./knownDevices";
import type { Policy } from "./rule";

/** What keeps the guests of a fabric apart, or that nothing does, as far as it was read. */
export type FabricState =
  /** The fabric manager runs with partitions (FABRIC_MODE 1 or 2), or gim shares no memory over XGMI. */
  | "partitioned"
  /** It is configured without partitions. */
  | "open"
  /** It is set to partitions, but does not run: no partition can be activated for a guest. */
  | "stopped"
  /** There is none. */
  | "unmanaged"
  /** A guest has the switches, so that what rules them is in that guest. */
  | "elsewhere"
  /** The board joins the cards without switches, so that there are no partitions. */
  | "wired"
  /** The driver of both cards has them in one hive. */
  | "joined"
  /** A bridge may join them, which nothing shows. */
  | "bridged"
  /** Nothing is known of an NVIDIA model, and the host has NVSwitches. */
  | "assumed"
  /** It could not be read. */
  | "unread";

/** How a card hangs together with others past PCIe, where no IOMMU looks. */
export interface FabricOfCard {
  readonly kind: Exclude<Fabric, "none">;
  readonly state: FabricState;
  /** Other cards of the same kind of fabric on this host, by address; of the same hive, where that was read. A virtual function's own card is none of them. */
  readonly peers: readonly PciDevice[];
  /** Those of `peers` below the same PCIe switch: on its board, or on one of the mainboard's. */
  readonly near: readonly string[];
}

/** Undefined: the model has no fabric, or nobody else on this host is on it. */
export function fabricOf(card: Card, facts: HostFacts, policy: Policy): FabricOfCard | undefined {
  const devices = policy.reviewed?.devices;
  const own = physicalCard(card.device, facts);
  if (own === undefined) return undefined;
  const kind = fabricKind(own, facts, devices);
  if (kind === undefined) return undefined;
  const peers = facts.pciDevices.filter((other) => other !== own && isGpu(other) && other.physicalFunction.kind !== "value" && known(other.vendor) === known(own.vendor) && fabricKind(other, facts, devices) === kind);
  if (peers.length === 0) return undefined;
  const model = knownDevice(own, devices);
  const read = kind === "nvswitch" ? stateOfSwitches(facts) : stateOfLinks(card, own, peers, model, facts);
  return { kind, state: model?.fabric === undefined && read !== "partitioned" ? "assumed" : read, peers, near: sharedSwitch(own, peers, facts) };
}

/** The function itself, or the card that a virtual function is of; undefined where that one was not read. */
export function physicalCard(device: PciDevice, facts: HostFacts): PciDevice | undefined {
  const of = known(device.physicalFunction);
  return of === undefined ? device : facts.pciDevices.find(({ address }) => address === of);
}

/** A model of NVIDIA's that nobody knows counts as one of the switches' where there are any. */
function fabricKind(device: PciDevice, facts: HostFacts, devices: KnownDevices | undefined): FabricOfCard["kind"] | undefined {
  const kind = knownDevice(device, devices)?.fabric;
  if (kind === undefined) return known(device.vendor) === "10de" && facts.pciDevices.some(isNvSwitch) ? "nvswitch" : undefined;
  return kind === "none" ? undefined : kind;
}

/** NVSwitches of a board are ruled by one fabric manager: the host's, or that of a guest which has them. */
function stateOfSwitches(facts: HostFacts): FabricState {
  const drivers = facts.pciDevices.filter(isNvSwitch).map(({ driver }) => driver);
  if (drivers.some((driver) => isVfioDriver(known(driver)))) return "elsewhere";
  if (facts.fabric === undefined || drivers.some(({ kind }) => kind === "unreadable")) return "unread";
  const { running, mode } = facts.fabric.manager;
  if (running.kind !== "value" || mode.kind === "unreadable") return "unread";
  if (mode.kind === "absent") return running.value ? "open" : "unmanaged";
  if (mode.value !== 1 && mode.value !== 2) return "open";
  return running.value ? "partitioned" : "stopped";
}

/** Links without switches have no partitions; AMD's host driver can keep its virtual functions apart. */
function stateOfLinks(card: Card, own: PciDevice, peers: readonly PciDevice[], model: KnownDevice | undefined, facts: HostFacts): FabricState {
  const { fabric } = facts;
  if (card.device !== own && known(own.driver) === "gim" && fabric !== undefined && known(fabric.gimSharing) === 1) return "partitioned";
  const hive = hiveOf(own);
  if (hive !== undefined && peers.some((peer) => hiveOf(peer) === hive)) return "joined";
  if (model?.wired !== true) return "bridged";
  return fabric?.linkBlockers.kind === "value" ? "wired" : "unread";
}

function hiveOf({ xgmiHive }: PciDevice): string | undefined {
  return xgmiHive === undefined ? undefined : known(xgmiHive);
}

/** Nothing says that the model is on no fabric: whoever else is there counts. */
export function mayHaveFabric(card: Card, facts: HostFacts, policy: Policy): boolean {
  const own = physicalCard(card.device, facts);
  if (own === undefined) return false;
  const kind = knownDevice(own, policy.reviewed?.devices)?.fabric;
  return kind === undefined ? known(own.vendor) === "10de" : kind !== "none";
}

/** Whether strangers on the other cards are kept away rests on what was not read, or on what nothing shows. */
export function isFabricUnproven(card: Card, facts: HostFacts, policy: Policy): boolean {
  const fabric = fabricOf(card, facts, policy);
  return fabric !== undefined && !wasRead(fabric) && !goesTogether(card, fabric);
}

/** The state rests on what was read, and an exception may answer for it. */
export function wasRead({ state }: FabricOfCard): boolean {
  return state !== "unread" && state !== "bridged" && state !== "assumed";
}

/** All of the fabric goes to one guest with the card. */
export function goesTogether(card: Card, { peers }: FabricOfCard): boolean {
  return peers.every((peer) => card.members.includes(peer));
}
