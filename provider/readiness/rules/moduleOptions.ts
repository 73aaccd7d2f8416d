import type { HostFacts } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Finding } from "../finding";
import { hostFinding, type Rule } from "../rule";

interface Weakening {
  readonly rule: string;
  readonly modules: readonly string[];
  readonly parameter: string;
  /** Already in force: said elsewhere, as a refusal. */
  readonly inForce: (facts: HostFacts) => boolean;
  readonly effect: string;
}

/** Source: drivers/vfio/vfio_iommu_type1.c, drivers/iommu/iommufd/device.c, drivers/vfio/group.c. */
const weakenings: readonly Weakening[] = [
  { rule: "unsafe-interrupts", modules: ["vfio_iommu_type1", "iommufd"], parameter: "allow_unsafe_interrupts", inForce: (facts) => known(facts.vfio.allowUnsafeInterrupts) === true, effect: "VFIO gives cards to guests that can inject interrupts into the host" },
  { rule: "noiommu-mode", modules: ["vfio"], parameter: "enable_unsafe_noiommu_mode", inForce: (facts) => known(facts.vfio.noIommuMode) === true, effect: "VFIO gives devices away that can reach all of the host's memory" },
];

/** modprobe.d(5) weakens VFIO as soon as its module is loaded again, at the latest after the next boot. */
export const moduleOptions: Rule = {
  host(facts) {
    return weakenings.flatMap((each): Finding[] => {
      const lines = (facts.modules.modprobe?.options ?? []).filter(({ module, option }) => each.modules.includes(module) && new RegExp(`^${each.parameter}(=(1|y|Y|on))?$`).test(option));
      if (lines.length === 0 || each.inForce(facts)) return [];
      const where = lines.map(({ path }) => path).join(", ");
      return [hostFinding(each.rule, "warn", `${where} sets ${each.parameter}: once its module is loaded anew, ${each.effect}.`, `Take it out of ${where}.`)];
    });
  },
};
