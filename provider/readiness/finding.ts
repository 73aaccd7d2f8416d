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
  /** Exceptions of the policy that name it; left out where there is none. */
  readonly exceptions?: readonly GrantedException[];
  /** On whose word the rule says less than it would on all hosts; left out where nobody said so. */
  readonly lowered?: Granted;
}

/** Who let something pass, why, and until when. */
export interface Granted {
  readonly reason: string;
  readonly owner: string;
  /** The last day on which it counts, "2027-01-31", UTC. */
  readonly expires: string;
  /** False: expired, or not all that the finding is about is named; the finding is as severe as without it. */
  readonly counts: boolean;
}

/** An exception by name. */
export interface GrantedException extends Granted {
  readonly address: string;
}

export type Verdict = "ready" | "bindable" | "refused" | "unknown";

export interface GpuReport {
  readonly address: string;
  readonly iommuGroup: number | null;
  readonly members: readonly string[];
  /** Other functions of its slot, in whichever group; virtual functions are none. */
  readonly companions: readonly string[];
  readonly bystanders: readonly string[];
  readonly verdict: Verdict;
  readonly findings: readonly Finding[];
}

export type TrustLevel = "single-tenant" | "trusted-projects" | "multi-tenant";
