import { known } from "../../facts/reading";
import type { Card } from "../card";
import { isOfClass } from "../deviceClass";
import { cardFinding, type Rule } from "../rule";

/**
 * A guest writes every register of a card's memory regions, those for power and bus reset included. QEMU filters a few of them, and only of NVIDIA's
 * VGA devices (hw/vfio/pci-quirks.c, vfio_probe_nvidia_bar0_quirk asks for class 0300): data-centre cards are of class 0302 or 1200.
 */
export const controlRegisters: Rule = {
  card(card, _facts, policy) {
    if (policy.trustLevel === "single-tenant" || !isOfClass(card.device, "0302", "0380", "1200")) return [];
    const says = `A guest reaches the card's control registers (power, bus reset, mirrors of its config space), and QEMU filters none of them for a card of this class. ${mitigation(card)}`;
    return [cardFinding("control-registers-open", "note", card, [], says, "Give the card to guests that may also break it, and check it after every guest.")];
  },
};

/** NVIDIA's gpu-admin-tools, --set-bar0-firewall-mode: Blackwell and later; device ids from 2900 on (pci.ids). */
function mitigation(card: Card): string {
  const [vendor, device] = [known(card.device.vendor), known(card.device.device)];
  if (vendor !== "10de" || device === undefined) return "Nothing is known that mitigates it for this card.";
  return device >= "2900" ? "The card has a firewall for them (BAR0 firewall mode of NVIDIA's gpu-admin-tools); whether it is on cannot be read here." : "Nothing on the host mitigates it for this card.";
}
