import { known } from "../../facts/reading";
import type { Card } from "../card";
import { fabricOf, goesTogether, type FabricOfCard } from "../fabricFacts";
import { cardFinding, forStrangers, type Rule } from "../rule";

/**
 * Cards on one fabric reach each other's memory past the IOMMU: guests of strangers need the fabric manager's partitions, or links that are blocked.
 * Nothing here writes a register of a link; sources: NVIDIA's fabric manager user guide and gpu-admin-tools (--block-nvlink).
 */
export const sharedFabric: Rule = {
  card(card, facts, policy) {
    const fabric = fabricOf(card, facts, policy);
    if (fabric === undefined || goesTogether(card, fabric)) return [];
    const peers = fabric.peers.map(({ address }) => address);
    const joined = `${card.device.address} is on one fabric (${names[fabric.kind]}) with ${peers.join(", ")}`;
    switch (fabric.state) {
      case "partitioned":
        return [cardFinding("shared-fabric", "note", card, [], `The card is on one fabric with others of this host (${names[fabric.kind]}), and the fabric manager is set to keep guests apart by partitions.`, "Offer cards in the sizes of the fabric's partitions, and activate a guest's partition before it starts.")];
      case "bridged":
        return [cardFinding("shared-fabric", "note", card, [], `A bridge or the board may join the card to others of this host (${names[fabric.kind]}), which cannot be read here: their guests then reach each other past the IOMMU.`, "Look at the board, or ask the card's own tools before it is bound; give cards that are joined to one guest.")];
      case "open":
        return [cardFinding("shared-fabric", forStrangers(policy), card, peers, `${joined}, and the fabric manager's FABRIC_MODE is 0, without partitions: a guest of one card reaches the others past the IOMMU.`, remedy(card))];
      default:
        return [cardFinding("shared-fabric", policy.trustLevel === "multi-tenant" ? "warn" : "note", card, peers, `${joined}: a guest of one card reaches the others past the IOMMU, unless its links are blocked or partitions are used, which could not be read.`, remedy(card))];
    }
  },
};

const names: Readonly<Record<FabricOfCard["kind"], string>> = { nvswitch: "NVLink through NVSwitches", nvlink: "NVLink", xgmi: "XGMI" };

function remedy(card: Card): string {
  return `Use the fabric manager's partitions (FABRIC_MODE 1 or 2), give the whole fabric to one guest, or block the links with NVIDIA's gpu-admin-tools. ${blocked(card)}`;
}

/** Which reset undoes a block (gpu-admin-tools: does_flr_reenable_links), by generation: Hopper's ids begin at 2300 (pci.ids). */
function blocked(card: Card): string {
  const device = known(card.device.device) ?? "";
  if (device < "2000") return "This generation has no block that those tools set; a link that was disabled stays so until a secondary bus reset.";
  return device < "2300" ? "A block lasts until a secondary bus reset." : "A block ends with every function level reset, so it has to be set again after every guest.";
}
