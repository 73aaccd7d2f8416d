import { printArgument, printCommandLine } from "../facts/commandLine";
import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { WantedArguments } from "../facts/applyArguments";
import { applyToTokens } from "../facts/applyArguments";
import { foldName, isListValued, parseToken } from "../facts/argument";
import { argumentWarning, HARMFUL } from "./argumentTable";

/** One element of a token: `pci=a,b` is two. */
interface Element {
  readonly name: string;
  readonly value: string | null;
  readonly token: string;
}

function elementsOf(tokens: readonly KernelArgument[]): Element[] {
  return tokens.flatMap(({ name, value }) => {
    const values = value !== null && isListValued(name) ? value.split(",") : [value];
    return values.map((each) => ({ name: foldName(name), value: each, token: printArgument({ name, value: each }) }));
  });
}

/**
 * Pairs that the kernel would both obey: each occurrence is parsed on its own, so the result depends on order and not on the reader's
 * eye (kernel-parameters.txt; drivers/iommu/intel/iommu.c intel_iommu_setup; arch/x86/kernel/pci-dma.c iommu_setup).
 */
const CONTRADICTIONS: readonly { readonly wish: RegExp; readonly standing: RegExp }[] = [
  { wish: /^intel_iommu=on$/, standing: /^(intel_iommu=off|iommu=(off|soft|noforce))$/ },
  { wish: /^intel_iommu=sm_on$/, standing: /^intel_iommu=sm_off$/ },
  { wish: /^intel_iommu=off$/, standing: /^intel_iommu=on$/ },
  { wish: /^amd_iommu=(?!off)/, standing: /^(amd_iommu=off|iommu=(off|soft))$/ },
  { wish: /^iommu=(pt|force)$/, standing: /^(iommu=(off|soft|noforce)|intel_iommu=off|amd_iommu=off)$/ },
  { wish: /^(iommu=pt|iommu\.passthrough=1)$/, standing: /^(iommu=nopt|iommu\.passthrough=0)$/ },
  { wish: /^(iommu=nopt|iommu\.passthrough=0)$/, standing: /^(iommu=pt|iommu\.passthrough=1)$/ },
  { wish: /^iommu\.strict=1$/, standing: /^iommu\.strict=0$/ },
  { wish: /^iommu\.strict=0$/, standing: /^iommu\.strict=1$/ },
  { wish: /^intremap=(on|posted_msi)$/, standing: /^(intremap=(off|nosid)|nointremap)$/ },
];

/** Parameters of which several occurrences all count. */
const REPEATABLE = /^(console|earlycon|earlyprintk|hugepages|hugepagesz|memmap|ip|rd\..*|systemd\..*|dyndbg|.*\.dyndbg|blacklist|netconsole)$/;

/** Refusals and warnings about what is asked, seen against what the next boot's command line has. */
export function argumentFindings(facts: HostFacts, wanted: WantedArguments): Finding[] {
  const wishes = elementsOf(wanted.shouldExist.map(parseToken));
  const tokens = applyToTokens(known(facts.kernelCommandLine.nextBoot) ?? [], wanted);
  const after = elementsOf(tokens);
  const findings: Finding[] = [...tooLong(tokens), ...wishes.flatMap((wish) => [...contradictions(wish, after), ...repeated(wish, after), ...argumentWarning(facts, wish.name, wish.value)])];
  for (const standing of after) {
    if (wishes.some((wish) => wish.token === standing.token)) continue;
    const harm = HARMFUL.find(({ matches }) => matches.test(bare(standing)));
    if (harm === undefined) continue;
    if (findings.some((finding) => finding.severity === "refuse" && finding.says.includes(standing.token))) continue;
    findings.push({
      rule: "kernel-argument-harmful", severity: "warn", addresses: [],
      says: `${standing.token} stands on the command line: ${harm.says}.`, remedy: `Name ${standing.token} in shouldNotExist to have it removed.`,
    });
  }
  return findings;
}

/** COMMAND_LINE_SIZE (arch/x86, arm64: 2048); GRUB puts BOOT_IMAGE= in front, and the kernel cuts off the end without a word. */
const MOST_CHARACTERS = 2048 - 128;

function tooLong(tokens: readonly KernelArgument[]): Finding[] {
  const length = printCommandLine(tokens).length;
  if (length <= MOST_CHARACTERS) return [];
  return [{
    rule: "kernel-command-line-too-long", severity: "refuse", addresses: [], says: `The command line would have ${length} characters; kernels take 2047 with what GRUB adds, and cut off the rest.`,
    remedy: "Take arguments out of the boot loader's configuration, or out of shouldExist.",
  }];
}

function bare({ name, value }: Element): string {
  return value === null ? name : `${name}=${value}`;
}

function contradictions(wish: Element, after: readonly Element[]): Finding[] {
  return CONTRADICTIONS.filter((pair) => pair.wish.test(bare(wish))).flatMap((pair) =>
    after.filter((standing) => pair.standing.test(bare(standing))).map((standing) => ({
      rule: "kernel-argument-conflict", severity: "refuse" as const, addresses: [],
      says: `${wish.token} is asked for and ${standing.token} stands on the command line: the kernel would obey both.`,
      remedy: `Name ${standing.token} in shouldNotExist to have it removed, or leave ${wish.token} out.`,
    })),
  );
}

function repeated(wish: Element, after: readonly Element[]): Finding[] {
  if (isListValued(wish.name) || REPEATABLE.test(wish.name)) return [];
  const others = after.filter((standing) => standing.name === wish.name && standing.value !== wish.value && !CONTRADICTIONS.some((pair) => pair.standing.test(bare(standing)) && pair.wish.test(bare(wish))));
  return others.map((standing) => ({
    rule: "kernel-argument-repeated", severity: "warn" as const, addresses: [],
    says: `${standing.token} stands on the command line beside ${wish.token}; of most parameters the last one counts, which is ours.`,
    remedy: `Name ${standing.token} in shouldNotExist if it is to go.`,
  }));
}
