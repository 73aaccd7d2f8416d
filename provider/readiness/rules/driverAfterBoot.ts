import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { isKeptAtBoot, overriddenAtBoot } from "../bootKeepers";
import { described, isVfioDriver, leavesGroupViable } from "../card";
import { isOfClass } from "../deviceClass";
import type { Finding } from "../finding";
import { cardFinding, type Rule } from "../rule";

/**
 * A card that is bound now may be lost by the next boot: a driver of any installed kernel claims what nobody keeps for vfio, and so does one that was
 * only not loaded so far. Modules by modules.alias(5) of every kernel, less what modprobe.d(5) blocks; of drivers that are built in, the running
 * kernel's alone are known. A boot with another keeper than those of bootKeepers.ts is not seen.
 */
export const driverAfterBoot: Rule = {
  card(card, facts) {
    if (!isVfioDriver(known(card.device.driver))) return [];
    return card.given.flatMap((device): Finding[] => {
      const driver = known(device.driver);
      if (!leavesGroupViable(driver) || isKeptAtBoot(device, facts)) return [];
      const claims = claimsOf(device, facts);
      if (claims.length === 0) return [];
      const says = `Nothing that was read keeps ${described(device)} from the host at the next boot: ${claims.join(", ")} would claim it.`;
      return [cardFinding("driver-after-boot", "warn", card, [device.address], says, "Bind it at boot (VfioBinding, driverctl, or vfio-pci.ids where no equal card stays with the host).")];
    });
  },
};

/** "nouveau (6.1.0-30-amd64)": each module once, with the kernels that have it. */
function claimsOf(device: PciDevice, facts: HostFacts): string[] {
  const only = overriddenAtBoot(device, facts);
  if (only !== undefined) return leavesGroupViable(only) ? [] : [`${only} (driverctl)`];
  const alias = known(device.modalias);
  const kernels = new Map<string, string[]>();
  const add = (module: string, kernel: string): void => {
    if (isVfioDriver(module) || module === "pci_stub" || facts.modules.modprobe?.blocked.has(module) === true) return;
    kernels.set(module, [...new Set([...(kernels.get(module) ?? []), kernel])]);
  };
  for (const { pattern, module, kernel } of facts.modules.pciAliases ?? []) {
    if (alias !== undefined && globMatches(pattern, alias)) add(module, kernel);
  }
  const builtin = known(facts.modules.builtin);
  for (const [beginning, module] of builtins) {
    if (builtin?.has(module) === true && isOfClass(device, beginning)) add(module, "built into the running kernel");
  }
  return [...kernels].map(([module, of]) => `${module} (${of.join(", ")})`).sort();
}

/** Drivers that distributions build in, by class: of these modules.builtin(5) says no ids. */
const builtins: readonly (readonly [string, string])[] = [["0c0330", "xhci_pci"], ["0403", "snd_hda_intel"]];

/** modules.alias(5) uses shell patterns; those of PCI have no other wildcard than `*`. */
function globMatches(pattern: string, text: string): boolean {
  const literal = pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&"));
  return new RegExp(`^${literal.join(".*")}$`).test(text);
}
