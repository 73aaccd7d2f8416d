import type { Finding } from "./finding";

/**
 * How far a policy may lower a rule.
 * - proof: not at all. The kernel does not give the card away whatever a policy says, or nothing was read that a verdict could rest on.
 * - isolation: what keeps guests apart, and what the host itself needs. By an exception for one card; among guests that trust each other for all.
 * - judgement: a property of models and platforms. Also for all hosts, by one step, with a reason, an owner and an expiry date.
 */
type Lowering = "proof" | "isolation" | "judgement";

interface RuleTraits {
  /** The worst that it says to strangers. */
  readonly worst: Finding["severity"];
  readonly lowering: Lowering;
}

const proof = (worst: Finding["severity"]): RuleTraits => ({ worst, lowering: "proof" });
const isolation = (worst: Finding["severity"]): RuleTraits => ({ worst, lowering: "isolation" });
const judgement = (worst: Finding["severity"]): RuleTraits => ({ worst, lowering: "judgement" });

/** Every rule that a policy may name, in the order of docs/inspect.md. Who adds a rule says here how far it may be lowered. */
const traits = {
  "iommu-inactive": proof("refuse"),
  "iommu-firmware-off": proof("refuse"),
  "noiommu-mode": isolation("refuse"),
  "unsafe-interrupts": isolation("refuse"),
  "acs-override": isolation("refuse"),
  "acs-redirect-disabled": isolation("refuse"),
  "device-dead": proof("refuse"),
  "no-iommu-group": proof("refuse"),
  "bystander-in-group": isolation("refuse"),
  "second-gpu-in-group": isolation("refuse"),
  "nvswitch-in-group": isolation("refuse"),
  "host-critical-in-group": isolation("refuse"),
  "bridge-on-host-driver": proof("refuse"),
  "direct-reserved-region": proof("refuse"),
  "vfs-enabled": proof("refuse"),
  "no-reset-method": judgement("refuse"),
  "weak-reset-method": judgement("warn"),
  "reset-known-to-fail": judgement("warn"),
  "ats-enabled": judgement("refuse"),
  "acs-not-shown": judgement("warn"),
  "companion-on-host-driver": judgement("warn"),
  "companion-not-on-vfio": judgement("warn"),
  "companion-missing": judgement("warn"),
  "variant-driver": judgement("warn"),
  "vfio-node-missing": proof("refuse"),
  "boot-display": judgement("warn"),
  "pci-renumbered": judgement("warn"),
  "reset-list-stale": judgement("warn"),
  "shared-fabric": isolation("refuse"),
  "usb-functions-apart": judgement("warn"),
  "usb-device-attached": judgement("warn"),
  "driver-after-boot": judgement("warn"),
  "region-unassigned": judgement("warn"),
  "deep-sleep": judgement("warn"),
  "large-region": judgement("note"),
  "link-degraded": judgement("note"),
  "control-registers-open": judgement("note"),
  "peer-to-peer-unknown-to-guest": judgement("note"),
  "no-suspend": judgement("note"),
  "in-use-by-guest": judgement("note"),
  "in-use-by-process": judgement("note"),
  "nvswitch-fabric": judgement("note"),
  "not-read": proof("note"),
} as const satisfies Readonly<Record<string, RuleTraits>>;

export type RuleName = keyof typeof traits;

export const ruleNames: readonly RuleName[] = Object.keys(traits) as RuleName[];

/** Undefined for a name that no policy may use. */
export function traitsOf(rule: string): RuleTraits | undefined {
  return Object.hasOwn(traits, rule) ? traits[rule as RuleName] : undefined;
}

/** Worse is more. */
export function rank(severity: Finding["severity"]): number {
  return ["note", "warn", "refuse"].indexOf(severity);
}
