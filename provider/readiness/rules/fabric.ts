import { isNvSwitch } from "../knownDevices";
import { hostFinding, type Rule } from "../rule";

/** Cards on an NVLink fabric belong together: a guest gets what the fabric manager's partitions allow. */
export const fabric: Rule = {
  host(facts) {
    const switches = facts.pciDevices.filter(isNvSwitch).map((device) => device.address);
    if (switches.length === 0) return [];
    const says = "The host has NVSwitches: which cards a guest may have together follows the fabric manager's partitions.";
    return [hostFinding("nvswitch-fabric", "note", says, "Offer cards in the sizes of the fabric's partitions.", switches)];
  },
};
