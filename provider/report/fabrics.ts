import type { HostFacts } from "../facts/hostFacts";
import { cards } from "../readiness/card";
import { fabricOf } from "../readiness/fabricFacts";
import { fabricNames, fabricStates } from "../readiness/fabricTexts";
import { isNvSwitch } from "../readiness/knownDevices";
import type { Policy } from "../readiness/rule";
import type { FabricModel } from "./model";

/** Fabrics of the host, each once: cards that reach each other past PCIe. */
export function fabricModels(facts: HostFacts, policy: Policy): FabricModel[] {
  const found = new Map<string, FabricModel>();
  for (const card of cards(facts)) {
    if (card.device.physicalFunction.kind === "value") continue;
    const fabric = fabricOf(card, facts, policy);
    if (fabric === undefined) continue;
    const addresses = new Set([card.device, ...fabric.peers].map((device) => device.address));
    const on = facts.pciDevices.filter(({ address }) => addresses.has(address)).map(({ address }) => address);
    const key = `${fabric.kind} ${on.join(" ")}`;
    const switches = fabric.kind === "nvswitch" ? facts.pciDevices.filter(isNvSwitch).map(({ address }) => address) : [];
    if (!found.has(key)) found.set(key, { kind: fabric.kind, says: `${fabricNames[fabric.kind]}: ${fabricStates[fabric.state]}`, cards: on, switches });
  }
  return [...found.values()];
}
