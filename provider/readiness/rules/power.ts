import { known } from "../../facts/reading";
import { valuesOf } from "../../facts/commandLine";
import { isVfioDriver } from "../card";
import { cardFinding, type Rule } from "../rule";

/**
 * vfio-pci lets an unused card sleep, and some never wake from D3cold ("Unable to change power state from D3cold to D0, device inaccessible"). A card that
 * answers nothing while it sleeps is told from one that is broken by the power state.
 */
export const power: Rule = {
  card(card, facts) {
    if (known(card.device.powerState) !== "D3cold") return [];
    const { address } = card.device;
    const silent = known(card.device.config)?.allOnes === true;
    const idle = (facts.modules.modprobe?.options ?? []).some(({ module, option }) => module === "vfio_pci" && /^disable_idle_d3=(1|y|Y)$/.test(option)) || valuesOf(known(facts.kernelCommandLine.running) ?? [], "vfio_pci.disable_idle_d3").length > 0;
    const says = silent
      ? `${address} was put into D3cold and did not wake when its config space was read.`
      : `${address} is in D3cold${isVfioDriver(known(card.device.driver)) && idle ? ", although vfio-pci is told to keep unused cards awake" : ""}: it has to wake before a guest can have it.`;
    return [cardFinding("deep-sleep", silent ? "warn" : "note", card, [], says, "Should it not wake: write 0 to its d3cold_allowed, or boot with vfio-pci.disable_idle_d3=1; both cost power.")];
  },
};
