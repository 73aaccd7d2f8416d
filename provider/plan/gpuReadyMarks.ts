import type { CloudHostFacts, ComputeServiceFacts, ResourceProviderFacts } from "../facts/cloud/cloudFacts";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { CloudStep } from "./cloudStep";
import type { IommuVerificationDesired } from "./iommuVerification";

export interface GpuReadyDesired {
  readonly cloud: CloudConnection;
  /** Nova's name for the host; its own host name where it is left out. */
  readonly computeHost?: string | undefined;
  /** Custom trait of the host's root provider; false for none. */
  readonly trait: string | false;
  /** Aggregate that holds ready hosts. */
  readonly aggregate?: string | undefined;
  /** What an aggregate that does not exist yet is made with; without it, that is a refusal. */
  readonly createAggregate?: { readonly availabilityZone?: string | undefined; readonly metadata?: Readonly<Record<string, string>> | undefined } | undefined;
  /** follows: enabled while ready, disabled with our reason while not. leave: not touched. */
  readonly computeService: "follows" | "leave";
  /** What is judged: the inputs of the verification this mark rests on. */
  readonly verification: IommuVerificationDesired;
}

/** What a disabled service says: known again when it is to be enabled. */
export const notReadyReason = "gpuhost: GPUs of this host are not proven ready";

/** One way of marking a host: what it is called, whether it is there, and how it is put on and taken off. */
export interface Mark {
  readonly target: string;
  readonly name: string;
  readonly there: boolean;
  readonly on: CloudStep;
  readonly off: CloudStep;
  readonly gained: string;
  readonly lost: string;
}

/** The host's own provider, in which a trait stands, may be gone while Nova still knows the host. */
export interface MarkedHost {
  readonly facts: CloudHostFacts;
  readonly service: ComputeServiceFacts;
  readonly root?: ResourceProviderFacts;
}

export function marksOf(host: MarkedHost, desired: GpuReadyDesired): Mark[] {
  return [...traitMark(host, desired), ...aggregateMark(host, desired)];
}

function traitMark({ root }: MarkedHost, { trait }: GpuReadyDesired): Mark[] {
  if (trait === false || root === undefined) return [];
  const provider = { id: root.id, name: root.name };
  return [{
    target: `provider ${root.name}`, name: `trait ${trait}`, there: root.traits.includes(trait),
    on: { kind: "addTrait", provider, trait }, off: { kind: "removeTrait", provider, trait },
    gained: `gets the trait ${trait} once a fresh read proves every card ready`, lost: `loses the trait ${trait}`,
  }];
}

function aggregateMark({ facts, service: { host } }: MarkedHost, { aggregate, createAggregate }: GpuReadyDesired): Mark[] {
  if (aggregate === undefined) return [];
  const create = createAggregate && { create: {
    ...(createAggregate.availabilityZone === undefined ? {} : { availabilityZone: createAggregate.availabilityZone }),
    ...(createAggregate.metadata === undefined ? {} : { metadata: createAggregate.metadata }),
  } };
  const found = facts.aggregates.find((each) => each.name === aggregate);
  return [{
    target: `aggregate ${aggregate}`, name: `aggregate ${aggregate}`, there: found?.holdsHost === true,
    on: { kind: "joinAggregate", aggregate, host, ...create }, off: { kind: "leaveAggregate", aggregate, host },
    gained: `${found === undefined ? "made, and " : ""}gets the host ${host} once a fresh read proves every card ready`,
    lost: `loses the host ${host} (no other member is touched)`,
  }];
}

export const serviceTarget = ({ service }: Pick<MarkedHost, "service">): string => `service nova-compute on ${service.host}`;

export function closedForProof({ status, disabledReason }: ComputeServiceFacts): boolean {
  return status === "disabled" && disabledReason === notReadyReason;
}
