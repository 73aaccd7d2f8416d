import { known } from "../../facts/reading";
import { isVfioDriver } from "../card";
import { cardFinding, hostFinding, type Rule } from "../rule";

export const noIommuMode: Rule = {
  host(facts) {
    if (known(facts.vfio.noIommuMode) !== true) return [];
    const says = "VFIO's no-IOMMU mode is on: a device given away in it can reach all of the host's memory.";
    return [hostFinding("noiommu-mode", "refuse", says, "Remove enable_unsafe_noiommu_mode from modprobe.d and the kernel command line, then reboot.")];
  },
};

/** A group on a vfio driver has a node in /dev/vfio; without it QEMU has nothing to open. */
export const vfioNode: Rule = {
  card(card, facts) {
    const nodes = known(facts.vfio.nodes);
    if (!isVfioDriver(known(card.device.driver)) || card.group === undefined || nodes === undefined || nodes.includes(String(card.group.number))) return [];
    const says = `${card.device.address} is on a vfio driver, but its group has no node in /dev/vfio: no guest can open it.`;
    return [cardFinding("vfio-node-missing", "refuse", card, [], says, "Look for udev errors and for the kernel's messages about vfio; reload vfio_pci or reboot.")];
  },
};
