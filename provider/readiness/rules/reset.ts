import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { kernelAtLeast } from "../kernelRelease";
import { knownResetRisk } from "../knownDevices";
import type { Finding } from "../finding";
import { cardFinding, forStrangers, type Rule } from "../rule";

/** Between two guests only a reset clears the card. */
export const reset: Rule = {
  card(card, facts, policy) {
    const findings: Finding[] = [];
    const { address } = card.device;
    if (hasNoReset(card.device, facts)) {
      const says = `The kernel knows no way to reset ${address}: what one guest leaves in it, the next one finds.`;
      findings.push(cardFinding("no-reset-method", forStrangers(policy), card, [], says, "Give the card to one guest for good, or use another model."));
    }
    const methods = known(card.device.resetMethods);
    if (methods !== undefined && methods.length > 0 && methods.every((method) => method === "pm")) {
      const says = `The only reset of ${address} is by power management (pm), which need not clear its memory.`;
      findings.push(cardFinding("weak-reset-method", "warn", card, [], says, "Check with the card's vendor what this reset clears."));
    }
    const risk = knownResetRisk(card.device, policy.reviewed?.devices);
    if (risk !== undefined) findings.push(cardFinding("reset-known-to-fail", "warn", card, [], `${address}: ${risk}.`, "Try a guest's stop and start on a spare host first."));
    return findings;
  },
};

/**
 * reset_method is empty when somebody switched reset off, and not there at all when there is none; kernels before 5.15 do not have it
 * (drivers/pci/pci.c). The other attributes must have been read, or a recording that left it out would look the same.
 */
export function hasNoReset(device: PciDevice, facts: HostFacts): boolean {
  const methods = known(device.resetMethods);
  if (methods !== undefined) return methods.length === 0;
  return hasResetMethods(facts) && device.resetMethods.kind === "absent" && device.enabled.kind === "value" && known(device.resettable) === false;
}

/** Whether this kernel has the attribute at all. */
export function hasResetMethods(facts: HostFacts): boolean {
  return kernelAtLeast(facts, 5, 15) ?? facts.pciDevices.some((other) => other.resetMethods.kind === "value");
}
