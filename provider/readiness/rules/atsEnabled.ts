import { valuesOf } from "../../facts/commandLine";
import type { KernelArgument } from "../../facts/hostFacts";
import { known, type Reading } from "../../facts/reading";
import { cardFinding, forStrangers, type Rule } from "../rule";

/** With Address Translation Services on, a device may present addresses as already translated, which the IOMMU does not check again. */
export const atsEnabled: Rule = {
  card(card, facts, policy) {
    const on = card.given.filter((device) => {
      const config = known(device.config);
      return config !== undefined && known(config.ats)?.enabled === true;
    });
    return on.map(({ address }) => {
      const says = `ATS is on for ${address}: it may pass translated addresses that the IOMMU does not check again.`;
      return cardFinding("ats-enabled", forStrangers(policy), card, [address], says, remedy(facts.kernelCommandLine));
    });
  },
};

/** `pci=noats` (Documentation/admin-guide/kernel-parameters.txt) is for all devices of the host. */
function remedy({ running, nextBoot }: { readonly running: Reading<readonly KernelArgument[]>; readonly nextBoot: Reading<readonly KernelArgument[]> }): string {
  if (hasNoAts(running)) return "The kernel already runs with pci=noats, so something else turned ATS on after the boot: find it, and reboot.";
  if (hasNoAts(nextBoot)) return "Reboot: the next boot has pci=noats.";
  return "Boot with pci=noats, or lower the trust level for guests that are trusted.";
}

function hasNoAts(args: Reading<readonly KernelArgument[]>): boolean {
  return valuesOf(known(args) ?? [], "pci").some((value) => (value ?? "").split(",").includes("noats"));
}
