import { isGpu } from "../card";
import { hostFinding, type Rule } from "../rule";

/**
 * The state of a card cannot be saved: QEMU refuses to write out a guest that has one (no migration support of vfio-pci), so suspend, managed save and a
 * snapshot of a running guest detach the card first and attach it again. The second half is what AppArmor has denied in the field.
 */
export const suspend: Rule = {
  host(facts) {
    const addresses = facts.pciDevices.filter(isGpu).map(({ address }) => address);
    const nova = facts.nova.files.size > 0 || (facts.nova.unreadableFiles?.size ?? 0) > 0 || (facts.nova.services ?? []).length > 0;
    if (addresses.length === 0 || !nova) return [];
    const says = "The state of a GPU cannot be saved: Nova's suspend, a cold snapshot and libvirt's managed save take the card out of the guest and put it back in, and a guest with a card is not migrated live.";
    return [hostFinding("no-suspend", "note", says, "Stop such guests instead of suspending them, and take images of stopped guests; AppArmorRules lets libvirt put a card back.", addresses)];
  },
};
