import { described, isGpu, type Card } from "../card";
import type { Finding } from "../finding";
import { isNvSwitch } from "../knownDevices";
import { cardFinding, type Rule } from "../rule";

/** What else is in the group goes to the guest with the card, or keeps the card from going. */
export const groupMembers: Rule = {
  card(card, _facts, policy) {
    const accepted = new Set(policy.acceptedMembers ?? []);
    return card.bystanders.map((bystander): Finding => {
      const rule = isGpu(bystander) ? "second-gpu-in-group" : isNvSwitch(bystander) ? "nvswitch-in-group" : "bystander-in-group";
      const severity = accepted.has(bystander.address) ? "note" : "refuse";
      return cardFinding(rule, severity, card, [bystander.address], says(card, bystander.address, rule, described(bystander)), remedy(severity));
    });
  },
};

function says(card: Card, address: string, rule: string, what: string): string {
  const subject = rule === "second-gpu-in-group" ? `Another GPU, ${what},` : rule === "nvswitch-in-group" ? `An NVSwitch, ${what},` : what;
  return `${subject} shares the IOMMU group of ${card.device.address}: the two cannot be told apart by the IOMMU, and ${address} could be reached from the guest.`;
}

function remedy(severity: Finding["severity"]): string {
  if (severity === "note") return "Accepted by name: the whole group goes to one guest.";
  return "Accept the member by name and give the whole group to one guest, leave the card to the host, or move the card to another slot.";
}
