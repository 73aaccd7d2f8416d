import { known } from "../../facts/reading";
import { cardFinding, type Rule } from "../rule";

/** vfio-pci refuses a physical function while it has virtual ones (drivers/vfio/pci/vfio_pci_core.c). */
export const virtualFunctions: Rule = {
  card(card) {
    const config = known(card.device.config);
    const enabled = (known(card.device.numVfs) ?? 0) > 0 || (config !== undefined && known(config.sriov)?.enabled === true);
    if (!enabled) return [];
    const says = `Virtual functions of ${card.device.address} are enabled: the physical function cannot be given to a guest meanwhile.`;
    return [cardFinding("vfs-enabled", "refuse", card, [], says, "Give the virtual functions to guests instead, or set sriov_numvfs to 0.")];
  },
};
