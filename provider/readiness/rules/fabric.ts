import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { isVfioDriver } from "../card";
import { isNvSwitch } from "../knownDevices";
import { hostFinding, type Rule } from "../rule";

/** Cards on an NVLink fabric belong together: a guest gets what the fabric manager's partitions allow. Which of them are active is asked of nobody. */
export const fabric: Rule = {
  host(facts) {
    const switches = facts.pciDevices.filter(isNvSwitch);
    if (switches.length === 0) return [];
    const given = switches.some(({ driver }) => isVfioDriver(known(driver)));
    const who = given ? "They are on a vfio driver, so that the fabric manager is in the guest that has them." : managerOf(facts);
    const says = `The host has NVSwitches: which cards a guest may have together follows the fabric manager's partitions.${who === "" ? "" : ` ${who}`}`;
    return [hostFinding("nvswitch-fabric", "note", says, "Offer cards in the sizes of the fabric's partitions.", switches.map(({ address }) => address))];
  },
};

function managerOf({ fabric: facts }: HostFacts): string {
  if (facts === undefined || facts.manager.running.kind !== "value") return "";
  const { running, container, mode, version } = facts.manager;
  if (!running.value) return "None runs on this host.";
  const details = [known(version), container ? "in a container" : undefined, known(mode) === undefined ? undefined : `FABRIC_MODE ${known(mode)}`].filter((part) => part !== undefined);
  return `One runs on this host${details.length === 0 ? "" : ` (${details.join(", ")})`}.`;
}
