import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import { fingerprint } from "../readiness/fingerprint";
import { judge } from "../readiness/judge";
import { cloudView, computeHostOf, type CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { planIommuVerification, type IommuVerificationDesired } from "./iommuVerification";
import { novaBasis } from "./novaBasis";
import type { Plan } from "./plan";

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
interface Mark {
  readonly target: string;
  readonly name: string;
  readonly there: boolean;
  readonly on: CloudStep;
  readonly off: CloudStep;
  readonly gained: string;
  readonly lost: string;
}

/**
 * Marks a host in the cloud while a fresh read proves its cards, and takes the mark off when it does not. A host that becomes ready in the very run
 * is planned as marked "once proven": the same words before and after, and nothing is done before the proof is there.
 */
export function planGpuReady(facts: HostFacts, desired: GpuReadyDesired): Plan {
  const verification = planIommuVerification(facts, desired.verification);
  const ready = verification.outputs?.["ready"] === true;
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  // What `gpuhost inspect --expect` compares: the whole host, judged as for this trust level and policy.
  const inspected = () => fingerprint(facts, judge(facts, { trustLevel: desired.verification.trustLevel, reviewed: desired.verification.policy }));
  const outputs = (marked: boolean) => ({ marked, fingerprint: marked ? inspected() : "", bootId: known(facts.system.bootId) ?? "" });
  if ("finding" in view) return { steps: [], lines: {}, observed: "not known", findings: [view.finding], outputs: outputs(false) };
  const marks = marksOf(view, desired);
  const missing = lacking(view, desired);
  if (missing !== undefined) return { steps: [], lines: {}, observed: "not marked", findings: [missing], outputs: outputs(false) };
  const marked = marks.every((mark) => mark.there);
  // A mark that is whole while the host is not ready is a lie to be taken back; a host that is not marked yet may become ready in this run.
  const demote = !ready && (marks.some((mark) => mark.there) || staysOpen(view, desired, verification));
  const due = marks.filter((mark) => mark.there === demote);
  const service = serviceChange(view, desired, demote ? "demote" : "promote");
  const why = Object.entries(verification.lines).filter(([, line]) => !line.startsWith("ready")).map(([card, line]) => `${card}: ${line}`).join("; ");
  const lines: [string, string][] = due.map((mark) => [mark.target, demote ? `${mark.lost}, since not every card is proven any more: ${why}` : mark.gained]);
  if (service !== undefined) lines.push([service.target, service.says]);
  return {
    steps: [],
    // A run that dies in between leaves what the next one goes on from: a host still marked, or one still closed.
    cloud: demote ? [...(service ? [service.step] : []), ...due.map((mark) => mark.off)] : [...due.map((mark) => mark.on), ...(service ? [service.step] : [])],
    lines: Object.fromEntries(lines),
    observed: observedOf(marks, ready, verification.observed, facts),
    findings: [],
    outputs: outputs(marked && ready),
  };
}

/** Takes off every mark that is there, and gives the service back where we had disabled it. */
export function undoGpuReady(facts: HostFacts, desired: GpuReadyDesired): Plan {
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  if ("finding" in view) {
    // A host that the cloud has forgotten carries no mark.
    const gone = view.finding.rule !== "cloud-not-read";
    return { steps: [], lines: gone ? { host: "nothing: the cloud no longer knows this host" } : {}, observed: "not known", findings: gone ? [] : [view.finding] };
  }
  const due = marksOf(view, desired).filter((mark) => mark.there);
  const disabled = desired.computeService === "follows" && view.service.disabledReason === notReadyReason && view.service.status === "disabled";
  const lines: [string, string][] = due.map((mark) => [mark.target, mark.lost]);
  if (disabled) lines.push([serviceTarget(view), "enabled again: it was disabled for want of proof, and nobody looks after that from now on"]);
  return {
    steps: [],
    cloud: [...due.map((mark) => mark.off), ...(disabled ? [{ kind: "enableComputeService", host: view.service.host, reason: notReadyReason } as const] : [])],
    lines: Object.fromEntries(lines),
    observed: due.length > 0 ? "marked" : "not marked",
    findings: [],
  };
}

/** A service that follows, and takes servers, while no mark says what the host is and no boot or binding of this run may prove the cards. */
function staysOpen(view: CloudSeen, { computeService, trait, aggregate }: GpuReadyDesired, verification: Plan): boolean {
  if (computeService !== "follows" || view.service.status !== "enabled") return false;
  const verdicts = Object.values((verification.outputs?.["verdicts"] ?? {}) as Readonly<Record<string, string>>);
  return (trait === false && aggregate === undefined) || verdicts.some((verdict) => verdict !== "ready" && verdict !== "pending");
}

function marksOf(view: CloudSeen, desired: GpuReadyDesired): Mark[] {
  const { root, service } = view;
  const marks: Mark[] = [];
  const { trait, aggregate } = desired;
  if (trait !== false) {
    const provider = { id: root.id, name: root.name };
    marks.push({
      target: `provider ${root.name}`, name: `trait ${trait}`, there: root.traits.includes(trait),
      on: { kind: "addTrait", provider, trait }, off: { kind: "removeTrait", provider, trait },
      gained: `gets the trait ${trait} once a fresh read proves every card ready`, lost: `loses the trait ${trait}`,
    });
  }
  if (aggregate !== undefined) {
    const create = desired.createAggregate && { create: {
      ...(desired.createAggregate.availabilityZone === undefined ? {} : { availabilityZone: desired.createAggregate.availabilityZone }),
      ...(desired.createAggregate.metadata === undefined ? {} : { metadata: desired.createAggregate.metadata }),
    } };
    const found = view.facts.aggregates.find((each) => each.name === aggregate);
    marks.push({
      target: `aggregate ${aggregate}`, name: `aggregate ${aggregate}`, there: found?.holdsHost === true,
      on: { kind: "joinAggregate", aggregate, host: service.host, ...create }, off: { kind: "leaveAggregate", aggregate, host: service.host },
      gained: `${found === undefined ? "made, and " : ""}gets the host ${service.host} once a fresh read proves every card ready`,
      lost: `loses the host ${service.host}; no other member is touched`,
    });
  }
  return marks;
}

function lacking(view: CloudSeen, { aggregate, createAggregate }: GpuReadyDesired): Plan["findings"][number] | undefined {
  if (aggregate === undefined || createAggregate !== undefined || view.facts.aggregates.some((each) => each.name === aggregate)) return undefined;
  return {
    rule: "no-aggregate", severity: "refuse", addresses: [], says: `There is no aggregate "${aggregate}".`,
    remedy: "Make it (GpuFlavor can, with its metadata), or say with `createAggregate` what it is made with.",
  };
}

const serviceTarget = (view: CloudSeen): string => `service nova-compute on ${view.service.host}`;

function serviceChange(view: CloudSeen, desired: GpuReadyDesired, what: "promote" | "demote"): { readonly target: string; readonly says: string; readonly step: CloudStep } | undefined {
  if (desired.computeService === "leave") return undefined;
  const { status, disabledReason, host } = view.service;
  const target = serviceTarget(view);
  if (what === "demote" && status === "enabled") {
    return { target, says: `disabled, so that nothing new is placed there: "${notReadyReason}"`, step: { kind: "disableComputeService", host, reason: notReadyReason } };
  }
  if (what === "promote" && status === "disabled" && disabledReason === notReadyReason) {
    return { target, says: "enabled again once a fresh read proves every card ready", step: { kind: "enableComputeService", host, reason: notReadyReason } };
  }
  return undefined;
}

/** Everything that the mark rests on: another boot, kernel, group, driver or Nova configuration reads as drift. */
function observedOf(marks: readonly Mark[], ready: boolean, verified: string, facts: HostFacts): string {
  const there = marks.filter((mark) => mark.there).map((mark) => mark.name);
  const mark = there.length === 0 ? "not marked" : `marked by ${there.join(" and ")}`;
  return `${mark}; ${ready ? "ready" : "not ready"}: ${verified}; boot ${known(facts.system.bootId) ?? "not known"}; nova ${novaBasis(facts)}`;
}
