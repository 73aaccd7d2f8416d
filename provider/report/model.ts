import type { Finding, TrustLevel, Verdict } from "../readiness/finding";

/** What a page says of its hosts: the object of `gpuhost report --json`, and all that is drawn and listed comes from it. null: not known, or none. */
export interface ReportModel {
  readonly schema: 1;
  readonly hosts: readonly HostModel[];
}

export type HostModel = ReadHost | UnreadHost;

export interface UnreadHost {
  readonly name: string;
  /** Why it could not be read. */
  readonly unread: string;
}

export interface ReadHost {
  readonly name: string;
  readonly system: string | null;
  readonly kernel: string | null;
  readonly iommu: { readonly state: "active" | "inactive" | "unknown"; readonly kinds: readonly string[]; readonly groups: number; readonly interruptRemapping: string };
  readonly trustLevel: TrustLevel;
  /** What of a policy file counts here; null without one. */
  readonly policy: string | null;
  readonly fingerprint: string;
  readonly cards: readonly CardModel[];
  /** Every PCI function, by address. */
  readonly functions: readonly FunctionModel[];
  readonly fabrics: readonly FabricModel[];
  /** Each once, with all cards that it concerns; the worst first. */
  readonly findings: readonly FindingModel[];
  readonly change: ChangeModel;
}

export interface CardModel {
  readonly address: string;
  readonly verdict: Verdict;
  readonly iommuGroup: number | null;
  readonly members: readonly string[];
  readonly companions: readonly string[];
  readonly bystanders: readonly string[];
  /** Cards that it reaches past PCIe. */
  readonly peers: readonly string[];
}

/** What a function is to the cards of its host. */
export type Role = "card" | "bystander" | "companion" | "nvswitch" | "bridge" | "other";

export interface FunctionModel {
  readonly address: string;
  readonly role: Role;
  /** "root port", "NVMe disk". */
  readonly kind: string;
  /** Name of the model where it is known. */
  readonly model: string | null;
  /** "10de:20b5". */
  readonly ids: string | null;
  readonly driver: string | null;
  /** Driver after the planned change, where it is another one. */
  readonly driverAfter: string | null;
  readonly iommuGroup: number | null;
  /** Functions above it, from the root port down. */
  readonly upstream: readonly string[];
  /** Of a bridge: whether it keeps apart what is below it. */
  readonly acs: AcsModel | null;
  /** The physical function of a virtual one. */
  readonly physicalFunction: string | null;
  /** What the host uses it for. */
  readonly uses: readonly string[];
}

export interface AcsModel {
  readonly state: "on" | "off" | "partly" | "vouched" | "none" | "not judged" | "not read" | "not needed";
  readonly says: string;
}

/** Cards, and the switches between them, that are joined past PCIe. */
export interface FabricModel {
  readonly kind: "nvlink" | "nvswitch" | "xgmi";
  readonly says: string;
  readonly cards: readonly string[];
  readonly switches: readonly string[];
}

export interface FindingModel extends Pick<Finding, "rule" | "severity" | "says" | "remedy"> {
  /** Cards that it was found for; [] for the host. */
  readonly cards: readonly string[];
  /** "let pass by alice until 2027-01-31: one guest for good". */
  readonly exceptions: readonly string[];
}

/** What GpuHost would do with these cards by its defaults. */
export interface ChangeModel {
  readonly cards: readonly string[];
  readonly notPlanned: readonly { readonly cards: readonly string[]; readonly why: string }[];
  readonly argumentsBefore: string | null;
  readonly argumentsAfter: string | null;
  readonly argumentsAdded: readonly string[];
  readonly argumentsRemoved: readonly string[];
  readonly drivers: readonly { readonly address: string; readonly before: string | null; readonly after: string }[];
  /** The preview's lines: what is touched, and how. */
  readonly lines: readonly { readonly target: string; readonly says: string }[];
  readonly findings: readonly { readonly severity: Finding["severity"]; readonly rule: string; readonly says: string; readonly remedy: string }[];
}
