/** One thing a rule found. The shape is the `findings` of `gpuhost inspect --json`. */
export interface Finding {
  /** Kebab-case name, a contract: people write exceptions against it. */
  readonly rule: string;
  readonly severity: "refuse" | "warn" | "note";
  /** PCI addresses it is about, sorted; [] for the host. */
  readonly addresses: readonly string[];
  /** What was found and what it means. One or two sentences, no numbers that change from boot to boot. */
  readonly says: string;
  /** What a person can do. */
  readonly remedy: string;
}

export type Verdict = "ready" | "bindable" | "refused" | "unknown";

export interface GpuReport {
  readonly address: string;
  readonly iommuGroup: number | null;
  readonly members: readonly string[];
  readonly companions: readonly string[];
  readonly bystanders: readonly string[];
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

export type TrustLevel = "single-tenant" | "trusted-projects" | "multi-tenant";
