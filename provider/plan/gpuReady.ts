import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { fingerprint } from "../readiness/fingerprint";
import { judge } from "../readiness/judge";
import { cloudView, computeHostOf, type CloudSeen } from "./cloudHost";
import { closedForProof, marksOf, notReadyReason, serviceTarget, type GpuReadyDesired, type Mark } from "./gpuReadyMarks";
import { planIommuVerification } from "./iommuVerification";
import { novaBasis } from "./novaBasis";
import { disabledByUs } from "./novaQuarantine";
import type { Plan } from "./plan";

/**
 * Marks a host in the cloud while a fresh read proves its cards, and takes the mark off when it does not. A host that becomes ready in the very run
 * is planned as marked "once proven": the same words before and after, and nothing is done before the proof is there. Where marks go, that is said too
 * of those that are not there: a reboot of the same run may mend what they go for.
 */
export function planGpuReady(facts: HostFacts, desired: GpuReadyDesired): Plan {
  const verification = planIommuVerification(facts, desired.verification);
  const ready = verification.outputs?.["ready"] === true;
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  // What `gpuhost inspect --expect` compares: the whole host, judged as for this trust level and policy.
  const inspected = () => fingerprint(facts, judge(facts, { trustLevel: desired.verification.trustLevel, reviewed: desired.verification.policy }));
  const outputs = (marked: boolean) => ({ marked, fingerprint: marked ? inspected() : "", bootId: known(facts.system.bootId) ?? "" });
  if ("finding" in view) return { steps: [], lines: {}, observed: "not known", findings: [view.finding], outputs: outputs(false) };
  const missing = lacking(view, desired);
  const marks = marksOf(view, desired).filter((mark) => missing.length === 0 || mark.there || mark.on.kind !== "joinAggregate");
  // A mark that is whole while the host is not ready is a lie to be taken back; a host that is not marked yet may become ready in this run.
  const demotes = !ready && (marks.some((mark) => mark.there) || staysOpen(view, desired, verification));
  const observed = observedOf(marks, ready, verification.observed, facts);
  if (demotes) return { ...demotion(view, desired, marks), observed, findings: [...missing, notProven(view, verification)], outputs: outputs(false) };
  if (missing.length > 0) return { steps: [], lines: {}, observed: "not marked", findings: missing, outputs: outputs(false) };
  const due = marks.filter((mark) => !mark.there);
  const opens = desired.computeService === "follows" && closedForProof(view.service);
  return {
    steps: [],
    // A run that dies in between leaves what the next one goes on from: a host that is still closed.
    cloud: [...due.map((mark) => mark.on), ...(opens ? [{ kind: "enableComputeService", host: view.service.host, reason: notReadyReason } as const] : [])],
    lines: { ...gains(due), ...(opens ? opened(view) : {}) },
    ...(ready ? {} : some(mayClose(view, desired))),
    observed, findings: [], outputs: outputs(marks.every((mark) => mark.there) && ready),
  };
}

const gains = (marks: readonly Mark[]): Record<string, string> => Object.fromEntries(marks.map((mark) => [mark.target, mark.gained]));

const opened = (view: CloudSeen): Record<string, string> => ({ [serviceTarget(view)]: "enabled again once a fresh read proves every card ready" });

const closed = (view: CloudSeen): Record<string, string> => ({ [serviceTarget(view)]: `disabled, so that nothing new is placed there: "${notReadyReason}"` });

/** What NovaPci closed for a card of its own, it opens once that card is proven: where others are not, this resource closes it in the same run. */
const mayClose = (view: CloudSeen, { computeService }: GpuReadyDesired): Record<string, string> => (computeService === "follows" && disabledByUs(view.service) ? closed(view) : {});

const some = (later: Readonly<Record<string, string>>): Pick<Plan, "later"> => (Object.keys(later).length > 0 ? { later } : {});

/** Takes only from new guests, so what is refused does not keep it. A run that dies in between leaves a host that is still marked, and closed. */
function demotion(view: CloudSeen, desired: GpuReadyDesired, marks: readonly Mark[]): Pick<Plan, "steps" | "cloud" | "lines" | "later" | "passes"> {
  const { computeService } = desired;
  const there = marks.filter((mark) => mark.there);
  const closes = computeService === "follows" && view.service.status === "enabled";
  return {
    steps: [], passes: "closes",
    cloud: [...(closes ? [{ kind: "disableComputeService", host: view.service.host, reason: notReadyReason } as const] : []), ...there.map((mark) => mark.off)],
    lines: {
      ...Object.fromEntries(there.map((mark) => [mark.target, `${mark.lost}, since not every card is proven any more`])),
      ...(closes ? closed(view) : {}),
    },
    later: { ...gains(marks.filter((mark) => !mark.there)), ...(computeService === "follows" && closedForProof(view.service) ? opened(view) : {}), ...mayClose(view, desired) },
  };
}

/** A service that follows, and takes servers, while no mark says what the host is and no boot or binding of this run may prove the cards. */
function staysOpen(view: CloudSeen, { computeService, trait, aggregate }: GpuReadyDesired, verification: Plan): boolean {
  if (computeService !== "follows" || view.service.status !== "enabled") return false;
  const verdicts = Object.values((verification.outputs?.["verdicts"] ?? {}) as Readonly<Record<string, string>>);
  return (trait === false && aggregate === undefined) || verdicts.some((verdict) => verdict !== "ready" && verdict !== "pending");
}

function notProven(view: CloudSeen, verification: Plan): Finding {
  const why = Object.entries(verification.lines).filter(([, line]) => !line.startsWith("ready")).map(([card, line]) => `${card}: ${line}`).join("; ");
  return {
    rule: "not-proven", severity: "warn", addresses: [], says: `${view.service.host} takes GPU servers in the cloud, and not every card is proven: ${why}.`,
    remedy: "Mend that; the first run that finds every card proven puts the marks on again.",
  };
}

function lacking(view: CloudSeen, { aggregate, createAggregate }: GpuReadyDesired): Finding[] {
  if (aggregate === undefined || createAggregate !== undefined || view.facts.aggregates.some((each) => each.name === aggregate)) return [];
  return [{
    rule: "no-aggregate", severity: "refuse", addresses: [], says: `There is no aggregate "${aggregate}".`,
    remedy: "Make it (GpuFlavor can, with its metadata), or say with `createAggregate` what it is made with.",
  }];
}

/** Everything that the mark rests on: another boot, kernel, group, driver or Nova configuration reads as drift. */
function observedOf(marks: readonly Mark[], ready: boolean, verified: string, facts: HostFacts): string {
  const there = marks.filter((mark) => mark.there).map((mark) => mark.name);
  const mark = there.length === 0 ? "not marked" : `marked by ${there.join(" and ")}`;
  return `${mark}; ${ready ? "ready" : "not ready"}: ${verified}; boot ${known(facts.system.bootId) ?? "not known"}; nova ${novaBasis(facts)}`;
}
