import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Card } from "../card";
import { fabricOf, goesTogether, wasRead, type FabricOfCard } from "../fabricFacts";
import { fabricNames, fabricStates } from "../fabricTexts";
import type { Finding } from "../finding";
import { blockingLinks } from "../linkBlock";
import { cardFinding, forStrangers, type Policy, type Rule } from "../rule";

/**
 * Cards on one fabric reach each other's memory past the IOMMU: guests of strangers need the fabric manager's partitions, or links that are blocked.
 * Blocked links show in no file of the host, and nothing here reads or writes a register of a link. Sources: NVIDIA's fabric manager user guide and
 * gpu-admin-tools; AMD's amdgpu_xgmi.c and the parameters of gim.
 */
export const sharedFabric: Rule = {
  card(card, facts, policy) {
    const fabric = fabricOf(card, facts, policy);
    if (fabric === undefined || goesTogether(card, fabric)) return [];
    return [fabric.state === "partitioned" ? partitioned(card, fabric, facts, policy) : apart(card, fabric, facts, policy)];
  },
};

function apart(card: Card, fabric: FabricOfCard, facts: HostFacts, policy: Policy): Finding {
  const { state, peers, near } = fabric;
  const mayBe = state === "bridged" || state === "assumed";
  const severity = wasRead(fabric) ? forStrangers(policy) : policy.trustLevel === "multi-tenant" ? "warn" : "note";
  const board = near.length === 0 ? "" : ` (${near.join(", ")} below the same PCIe switch)`;
  const effect = mayBe ? "their guests would then reach each other past the IOMMU" : "a guest of one card reaches the others past the IOMMU unless its links are blocked, which nothing on a host shows";
  const says = `${card.device.address} ${mayBe ? "may be" : "is"} on one fabric (${fabricNames[fabric.kind]}) with ${peers.map(({ address }) => address).join(", ")}${board}, and ${fabricStates[state]}: ${effect}.${meant(fabric, facts)}`;
  return cardFinding("shared-fabric", severity, card, peers.map(({ address }) => address), says, remedy(card, fabric));
}

/** Who calls a tool to block links means to; whether they are blocked is not shown by that. */
function meant({ kind }: FabricOfCard, { fabric }: HostFacts): string {
  const files = kind === "xgmi" || fabric === undefined ? [] : (known(fabric.linkBlockers) ?? []);
  return files.length === 0 ? "" : ` ${files.join(", ")} ${files.length === 1 ? "calls" : "call"} a tool that blocks links; that it did is not shown.`;
}

function remedy(card: Card, { kind, state }: FabricOfCard): string {
  const { by, until } = blockingLinks(card.device);
  const together = "give all of them to one guest";
  if (state === "bridged") return `Look at the cards. Where no bridge is on top, say so in the policy (devices: this model, fabric: none); where one is, take it off or ${together}. ${until}`;
  if (state === "assumed") return `Say in the policy what joins the model to others (devices: this model, fabric). Then use partitions or ${together}.`;
  const ways = [kind === "nvswitch" ? "use the fabric manager's partitions (FABRIC_MODE 1 or 2)" : undefined, together, by === undefined ? undefined : `block the links with ${by}`].filter((way) => way !== undefined);
  const list = `${ways.slice(0, -1).join(", ")}${ways.length > 1 ? " or " : ""}${ways.at(-1) ?? ""}`;
  return `${list.charAt(0).toUpperCase()}${list.slice(1)}. ${until} ${state === "unread" ? "Read the running host as root, so that this is known." : "Who made sure of it says so by an exception."}`;
}

/** Partitions are what keeps guests apart, so what could undo them belongs to the card. */
function partitioned(card: Card, fabric: FabricOfCard, facts: HostFacts, policy: Policy): Finding {
  const joined = `The card is on one fabric with others of this host (${fabricNames[fabric.kind]})`;
  if (fabric.kind !== "nvswitch" || facts.fabric === undefined) return cardFinding("shared-fabric", "note", card, [], `${joined}, and gim was loaded with fb_sharing_mode=1, which keeps the memory of its virtual functions apart.`, "Leave the mode so while guests of strangers have them: amd-smi can change it until the next load.");
  const { restart, orders, version } = facts.fabric.manager;
  const network = known(orders) === "network";
  const says = [
    `${joined}, and the fabric manager keeps guests apart by partitions.`,
    network ? "It takes orders from the network (FM_CMD_BIND_INTERFACE), from whoever reaches it: they activate and deactivate partitions." : "",
    known(restart) === 1 ? "" : "A restart of it sets the fabric up anew under running guests (FABRIC_MODE_RESTART is not 1).",
    sameVersion(card, known(version)),
  ].filter((part) => part !== "").join(" ");
  const bind = network ? " Let it listen on a socket of this host (FM_CMD_UNIX_SOCKET_PATH)." : "";
  return cardFinding("shared-fabric", network && policy.trustLevel !== "single-tenant" ? "warn" : "note", card, [], says, `Offer cards in the sizes of the fabric's partitions, and activate a guest's partition before it starts.${bind}`);
}

/** From Blackwell on (ids from 2900, pci.ids) the guest's driver and the host's fabric manager work together only in one version. */
function sameVersion({ device }: Card, version: string | undefined): string {
  if (version === undefined || (known(device.device) ?? "") < "2900") return "";
  return `Guests need the driver in the manager's version, ${version}.`;
}
