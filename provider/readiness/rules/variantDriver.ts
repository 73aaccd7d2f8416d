import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { boundAtBoot } from "../bootKeepers";
import { isVfioDriver, type Card } from "../card";
import { knownDevice } from "../knownDevices";
import { cardFinding, type Rule } from "../rule";

/**
 * Some models need a vfio driver of their own: plain vfio-pci binds GH200 and its like, but a guest does not get the card's memory that way
 * (drivers/vfio/pci/nvgrace-gpu). Judged is what the card is on, what it gets at the next boot, and whether the running kernel has the driver.
 */
export const variantDriver: Rule = {
  card(card, facts, policy) {
    const model = knownDevice(card.device, policy.reviewed?.devices);
    const needed = model?.variantDriver;
    if (needed === undefined || card.device.physicalFunction.kind === "value") return [];
    const found = shortcomings(card, facts, moduleOf(needed));
    if (found.length === 0) return [];
    const says = `A guest needs ${needed} for ${card.device.address} (${model?.name ?? "this model"}): ${found.join("; ")}.`;
    return [cardFinding("variant-driver", "warn", card, [], says, `Install a kernel that has ${needed} where this one does not, and bind the card to it (VfioBinding: driver: "auto").`)];
  },
};

function shortcomings({ device }: Card, facts: HostFacts, needed: string): string[] {
  const another = (driver: string | undefined): boolean => isVfioDriver(driver) && moduleOf(driver ?? "") !== needed;
  const [now, next] = [known(device.driver), boundAtBoot(device, facts)];
  const aliases = known(facts.modules.vfioAliases);
  const lacking = aliases !== undefined && ![...aliases.values()].includes(needed) && moduleOf(now ?? "") !== needed;
  return [
    another(now) ? `it is on ${now}` : undefined,
    another(next) ? `at the next boot it gets ${next}` : undefined,
    lacking ? "the running kernel does not have it" : undefined,
  ].filter((text) => text !== undefined);
}

/** Drivers and modules write one name with either dash. */
function moduleOf(driver: string): string {
  return driver.replaceAll("-", "_");
}
