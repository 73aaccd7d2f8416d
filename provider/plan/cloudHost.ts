import type { CloudHostFacts, ComputeServiceFacts, ResourceProviderFacts } from "../facts/cloud/cloudFacts";
import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";

/** The host as its cloud knows it, or why nothing can be planned there. */
export type CloudView = CloudSeen | { readonly finding: Finding };

export interface CloudSeen {
  readonly facts: CloudHostFacts;
  readonly service: ComputeServiceFacts;
  /** The host's own provider in Placement. */
  readonly root: ResourceProviderFacts;
}

/** `host` is the name that was asked for: what [DEFAULT]host of nova.conf says, or the host's own name. */
export function cloudView(facts: HostFacts, host: string): CloudView {
  if (facts.cloud === undefined || facts.cloud.kind !== "value") {
    const why = facts.cloud?.kind === "unreadable" ? facts.cloud.reason : "it was not asked.";
    return refusal("cloud-not-read", `What the cloud knows of this host could not be read: ${why}`,
      "Nothing is done in a cloud that does not answer. See that it does, then preview again.");
  }
  const cloud = facts.cloud.value;
  const { service } = cloud;
  if (service === null) {
    const like = cloud.similar.length === 0 ? "" : ` It knows ${cloud.similar.join(", ")}.`;
    return refusal("no-compute-service", `Nova knows no nova-compute on "${host}".${like}`,
      "Name the host as Nova does (`computeHost`: the Host column of `openstack compute service list`), or start nova-compute there first.");
  }
  const root = cloud.providers.find((provider) => provider.parent === null);
  if (root === undefined) {
    return refusal("no-resource-provider", `Placement holds no resource provider of "${host}".`,
      "nova-compute makes it when it first reports: see in its log why it does not, then preview again.");
  }
  return { facts: cloud, service, root };
}

/** The host's nova-compute, also where Placement holds nothing of the host; undefined where the cloud does not answer, or knows none. */
export function computeServiceOf(facts: HostFacts): ComputeServiceFacts | undefined {
  return (facts.cloud === undefined ? undefined : known(facts.cloud))?.service ?? undefined;
}

/** Nova's name for the host. */
export function computeHostOf(facts: HostFacts, given: string | undefined): string {
  return given ?? known(facts.system.hostname) ?? "";
}

function refusal(rule: string, says: string, remedy: string): { readonly finding: Finding } {
  return { finding: { rule, severity: "refuse", addresses: [], says, remedy } };
}
