import { valuesOf } from "../../facts/commandLine";
import type { KernelArgument } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Finding } from "../finding";
import { hostFinding, type Rule } from "../rule";

interface Taint {
  readonly rule: string;
  readonly found: (args: readonly KernelArgument[]) => string | undefined;
  readonly effect: string;
  readonly remedy: string;
}

const taints: readonly Taint[] = [
  {
    rule: "acs-override",
    found: (args) => (valuesOf(args, "pcie_acs_override").length > 0 ? "pcie_acs_override" : undefined),
    effect: "the kernel makes up isolation that the hardware does not have, so its IOMMU groups prove nothing",
    remedy: "Boot without pcie_acs_override, on the distribution's own kernel.",
  },
  {
    rule: "acs-redirect-disabled",
    found: (args) => valuesOf(args, "pci").flatMap((value) => value?.match(/(?:^|,)(disable_acs_redir|config_acs)=/)?.[1] ?? [])[0],
    effect: "isolation between devices may be switched off (kernel-parameters.txt), so IOMMU groups have to be doubted",
    remedy: "Boot without disable_acs_redir and config_acs in pci=.",
  },
];

/** Kernel arguments that change what groups mean. Running with one refuses; having one for the next boot warns. */
export const isolationArguments: Rule = {
  host(facts) {
    return taints.flatMap((taint): Finding[] => {
      const running = taint.found(known(facts.kernelCommandLine.running) ?? []);
      if (running !== undefined) return [hostFinding(taint.rule, "refuse", `The kernel runs with ${running}: ${taint.effect}.`, taint.remedy)];
      const next = taint.found(known(facts.kernelCommandLine.nextBoot) ?? []);
      return next === undefined ? [] : [hostFinding(taint.rule, "warn", `The next boot has ${next}: with it ${taint.effect}.`, taint.remedy)];
    });
  },
};
