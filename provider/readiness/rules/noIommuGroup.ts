import { cardFinding, type Rule } from "../rule";

/** Other devices have a group and this one has none, as with an integrated GPU that the kernel leaves out (intgpu_off, igfx_off). */
export const noIommuGroup: Rule = {
  card(card, facts) {
    if (facts.iommu.state !== "active" || !facts.iommu.groupsKnown || card.group !== undefined || card.device.iommuGroup.kind !== "absent") return [];
    const says = `${card.device.address} is in no IOMMU group although other devices of the host are: the IOMMU does not cover it.`;
    return [cardFinding("no-iommu-group", "refuse", card, [], says, "Boot with intel_iommu=on where it is an integrated GPU of an Intel host; else leave this card to the host.")];
  },
};
