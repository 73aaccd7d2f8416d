import type { Finding, TrustLevel } from "./finding";
import type { KnownDevice } from "./deviceKnowledge";
import type { RuleName } from "./ruleNames";

export const trustLevels = ["single-tenant", "trusted-projects", "multi-tenant"] as const satisfies readonly TrustLevel[];

type Severities = Readonly<Partial<Record<RuleName, Finding["severity"]>>>;

/** Who answers for a decision, why, and for how long. */
interface Answered {
  readonly reason: string;
  readonly owner: string;
  /** "2027-01-31": the last day, in UTC, on which it counts. */
  readonly expires: string;
}

/** One refusal of one card on one host that does not count. */
export interface PolicyException extends Answered {
  /** As `connection.host` calls the host. */
  readonly host: string;
  /** What the finding is about: the card, or the other function of the group that it names. */
  readonly address: string;
  readonly rule: RuleName;
}

/** A rule that says one step less on all hosts, among strangers. */
export interface Lowered extends Answered {
  readonly rule: RuleName;
}

/** gpu-policy.yaml: what people have decided beforehand, as data. docs/policy.md says what each part means. */
export interface GpuPolicy {
  /** Default: multi-tenant. */
  readonly trustLevel?: TrustLevel | undefined;
  readonly severities?: Readonly<Partial<Record<TrustLevel, Severities | undefined>>> | undefined;
  readonly lowered?: readonly Lowered[] | undefined;
  /** By "vendor:device" or "vendor:device:subvendor:subdevice". */
  readonly devices?: Readonly<Record<string, KnownDevice>> | undefined;
  readonly exceptions?: readonly PolicyException[] | undefined;
}

/** The part that concerns one host judged at one trust level: a change for another host changes nothing here. */
export function policyFor(host: string, policy: GpuPolicy, trustLevel: TrustLevel = policy.trustLevel ?? "multi-tenant"): GpuPolicy {
  const severities = policy.severities?.[trustLevel];
  const exceptions = (policy.exceptions ?? []).filter((exception) => exception.host === host);
  const lowered = trustLevel === "multi-tenant" ? policy.lowered ?? [] : [];
  return {
    ...(policy.trustLevel === undefined ? {} : { trustLevel: policy.trustLevel }),
    ...(severities === undefined ? {} : { severities: { [trustLevel]: severities } }),
    ...(lowered.length === 0 ? {} : { lowered }),
    ...(policy.devices === undefined ? {} : { devices: policy.devices }),
    ...(exceptions.length === 0 ? {} : { exceptions }),
  };
}
