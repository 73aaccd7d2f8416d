import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { comparePciAddresses } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { isGpu, type Card } from "./card";
import type { Fabric } from "./deviceKnowledge";
import { knownDevice } from "./knownDevices";
import type { Policy } from "./rule";

/** How a card hangs together with others past PCIe, where no IOMMU looks. */
export interface FabricOfCard {
  readonly kind: Exclude<Fabric, "none">;
  /** Other cards of the same model's fabric on this host, by address. */
  readonly peers: readonly PciDevice[];
  /** wired: by the board. bridged: by a bridge on top, if somebody put one there. partitioned: the fabric manager keeps guests apart. open: it does not. */
  readonly state: "wired" | "bridged" | "partitioned" | "open";
}

/** NVIDIA modules of a board, which are wired to their neighbours without switches (P100 and V100 SXM2, DGX Station). */
const wiredModules = new Set(["15f9", "1db1", "1db2", "1db5", "1db7"]);

/** Undefined: the model has no fabric, or nobody else on this host is on it. */
export function fabricOf(card: Card, facts: HostFacts, policy: Policy): FabricOfCard | undefined {
  const kindOf = (device: PciDevice): Fabric | undefined => knownDevice(device, policy.reviewed?.devices)?.fabric;
  const kind = kindOf(card.device);
  if (kind === undefined || kind === "none") return undefined;
  const vendor = known(card.device.vendor);
  const peers = facts.pciDevices.filter((other) => other !== card.device && isGpu(other) && other.physicalFunction.kind !== "value" && known(other.vendor) === vendor && kindOf(other) === kind);
  if (peers.length === 0) return undefined;
  return { kind, peers: [...peers].sort((a, b) => comparePciAddresses(a.address, b.address)), state: stateOf(kind, card, facts) };
}

function stateOf(kind: FabricOfCard["kind"], card: Card, facts: HostFacts): FabricOfCard["state"] {
  if (kind === "nvswitch") {
    const mode = facts.fabricMode === undefined ? undefined : known(facts.fabricMode);
    return mode === 1 || mode === 2 ? "partitioned" : mode === 0 ? "open" : "wired";
  }
  return wiredModules.has(known(card.device.device) ?? "") ? "wired" : "bridged";
}

/** The model is wired to others by its board: whoever else is there counts. */
export function hasSwitchedFabric(card: Card, policy: Policy): boolean {
  return knownDevice(card.device, policy.reviewed?.devices)?.fabric === "nvswitch" || wiredModules.has(known(card.device.device) ?? "");
}

/** Whether strangers on the other cards are kept away rests on what nobody can read from here. */
export function isFabricUnproven(card: Card, facts: HostFacts, policy: Policy): boolean {
  const fabric = fabricOf(card, facts, policy);
  return fabric?.state === "wired" && !goesTogether(card, fabric);
}

/** All of the fabric goes to one guest with the card. */
export function goesTogether(card: Card, { peers }: FabricOfCard): boolean {
  return peers.every((peer) => card.members.includes(peer));
}
