import { valuesOf } from "../../facts/commandLine";
import type { HostFacts, KernelArgument } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Finding } from "../finding";
import { hostFinding, type Rule } from "../rule";

interface Harm {
  readonly rule: string;
  /** The argument as it stands there. */
  readonly found: (args: readonly KernelArgument[], facts: HostFacts) => string | undefined;
  /** What the running host shows against it: then the argument had no effect. */
  readonly contradicted?: (facts: HostFacts) => boolean;
  readonly effect: string;
  readonly remedy: string;
}

/** Source: Documentation/admin-guide/kernel-parameters.txt, and the parameters of vfio and vfio_iommu_type1. */
const harms: readonly Harm[] = [
  {
    rule: "acs-override",
    found: (args) => given(args, "pcie_acs_override", () => true),
    effect: "the kernel makes up isolation that the hardware does not have, so its IOMMU groups prove nothing",
    remedy: "Boot without pcie_acs_override, on the distribution's own kernel.",
  },
  {
    rule: "acs-redirect-disabled",
    found: (args) => valuesOf(args, "pci").flatMap((value) => value?.match(/(?:^|,)(disable_acs_redir|config_acs)=/)?.[1] ?? [])[0],
    effect: "isolation between devices may be switched off, so that IOMMU groups are asserted and not proven",
    remedy: "Boot without disable_acs_redir and config_acs in pci=.",
  },
  {
    rule: "unsafe-interrupts",
    found: (args) => given(args, "vfio_iommu_type1.allow_unsafe_interrupts", isOn) ?? given(args, "iommufd.allow_unsafe_interrupts", isOn),
    contradicted: (facts) => known(facts.vfio.allowUnsafeInterrupts) === false,
    effect: "VFIO gives cards to guests that can inject interrupts into the host",
    remedy: "Boot without it, and turn on interrupt remapping in the firmware setup.",
  },
  {
    rule: "unsafe-interrupts",
    found: (args) => given(args, "nointremap", () => true) ?? given(args, "intremap", (value) => /(^|,)(off|nosid)(,|$)/.test(value ?? "")),
    contradicted: (facts) => facts.iommu.interruptRemapping === "remapped" && given(known(facts.kernelCommandLine.running) ?? [], "intremap", (value) => /nosid/.test(value ?? "")) === undefined,
    effect: "interrupts of a guest's devices are not checked, so a guest can inject them into the host",
    remedy: "Boot without nointremap, intremap=off and intremap=nosid.",
  },
  {
    rule: "noiommu-mode",
    found: (args) => given(args, "vfio.enable_unsafe_noiommu_mode", isOn),
    contradicted: (facts) => known(facts.vfio.noIommuMode) === false,
    effect: "VFIO gives devices away that can reach all of the host's memory",
    remedy: "Boot without vfio.enable_unsafe_noiommu_mode.",
  },
  {
    rule: "iommu-inactive",
    found: (args, facts) => given(args, "iommu", isOff) ?? given(args, `${known(facts.system.cpuVendor) ?? "intel"}_iommu`, isOff) ?? (known(facts.system.cpuVendor) === undefined ? given(args, "amd_iommu", isOff) : undefined),
    // Whether it is off now is judged from what runs; iommuInactive says so with its remedy.
    contradicted: (facts) => facts.iommu.state !== "unknown",
    effect: "the IOMMU is off, and no card can be given to a guest",
    remedy: "Boot without it.",
  },
];

/** Kernel arguments that undo what isolation rests on. Running with one refuses; having one for the next boot warns. */
export const harmfulArguments: Rule = {
  host(facts) {
    return harms.flatMap((harm): Finding[] => {
      const running = harm.found(known(facts.kernelCommandLine.running) ?? [], facts);
      if (running !== undefined && harm.contradicted?.(facts) !== true) {
        return [hostFinding(harm.rule, "refuse", `The kernel runs with ${running}: ${harm.effect}.`, harm.remedy)];
      }
      const next = harm.found(known(facts.kernelCommandLine.nextBoot) ?? [], facts);
      return next === undefined ? [] : [hostFinding(harm.rule, "warn", `The next boot has ${next}: with it ${harm.effect}.`, harm.remedy)];
    });
  },
};

function given(args: readonly KernelArgument[], name: string, matches: (value: string | null) => boolean): string | undefined {
  const value = valuesOf(args, name).find(matches);
  return value === undefined ? undefined : value === null ? name : `${name}=${value}`;
}

/** A module parameter of type bool: without a value it is on. */
function isOn(value: string | null): boolean {
  return value === null || /^(1|y|Y|on)$/.test(value);
}

function isOff(value: string | null): boolean {
  return /(^|,)off(,|$)/.test(value ?? "");
}
