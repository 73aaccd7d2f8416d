import type { HostFacts } from "../facts/hostFacts";
import { fingerprint } from "../readiness/fingerprint";
import type { Finding, GpuReport, Granted, TrustLevel, Verdict } from "../readiness/finding";
import type { GpuPolicy } from "../readiness/gpuPolicy";
import { judge } from "../readiness/judge";
import type { Report } from "../readiness/judge";
import { hostRefusals } from "../readiness/policy";
import type { Policy } from "../readiness/rule";
import { cardsOfIds } from "./bindingByIds";
import { cardFindings } from "./card";
import type { NamedCard } from "./card";
import type { Plan } from "./plan";
import * as target from "./target";

export interface VerifiedCard extends NamedCard {
  /** The whole group as it was reviewed, bridges and the card itself included; whoever is in it is accepted by name. */
  readonly members?: readonly string[] | undefined;
}

export interface IommuVerificationDesired {
  readonly cards: readonly VerifiedCard[];
  /** Ids as in VfioBinding: every function of them that is there is one more card. */
  readonly byIds?: readonly string[] | undefined;
  readonly trustLevel: TrustLevel;
  /** Reasons of critical uses (DeviceUse.reason) that the host may lose. */
  readonly acknowledgedUses: readonly string[];
  /** Foreign members of a group that go to the guest along with the card, where `members` of a card does not name the whole group. */
  readonly acceptedMembers?: readonly string[] | undefined;
  /** What the policy file says of this host; its exceptions count by the day on which the host was read. */
  readonly policy?: GpuPolicy | undefined;
}

/** pending: nothing forbids it, but a boot or a binding that is still to come decides. */
type CardVerdict = Exclude<Verdict, "bindable"> | "pending";

interface CardJudgement {
  readonly card: VerifiedCard;
  readonly verdict: CardVerdict;
  readonly members: readonly string[];
  readonly findings: readonly Finding[];
  /** What of the whole host refuses this card, whatever a reboot does. */
  readonly host: readonly Finding[];
}

/** Refusals that a reboot into staged arguments and bindings may end. */
const PENDING = new Set(["iommu-inactive", "no-iommu-group", "companion-on-host-driver", "vfio-node-missing", "not-bound"]);

/**
 * Judges, and never does anything. Its findings therefore refuse nothing here: `ready` in the outputs is the answer, and a
 * card that may become ready by the reboot of the same run says so in the preview.
 */
export function planIommuVerification(facts: HostFacts, asked: IommuVerificationDesired): Plan {
  const desired = { ...asked, cards: [...asked.cards, ...cardsOfIds(facts, asked)] };
  const report = judge(facts, policyOf(desired), desired.cards.map((card) => card.address));
  const judgements = desired.cards.map((card) => judgement(facts, report, card));
  const ready = judgements.length > 0 && judgements.every((each) => each.verdict === "ready" && each.host.length === 0);
  const ours: Report = { findings: report.findings, gpus: report.gpus.filter((gpu) => desired.cards.some((card) => card.address === gpu.address)) };
  const print = fingerprint(facts, ours);
  const nothing = `no card of ${(asked.byIds ?? []).join(", ")} is there`;
  const findings = [...report.findings, ...judgements.flatMap((each) => each.findings)];
  return {
    steps: [],
    lines: judgements.length === 0 ? { [target.host]: `not ready: ${nothing}` } : Object.fromEntries(judgements.map((each) => [target.device(facts, each.card.address), sentence(each)])),
    observed: `${judgements.map((each) => `${each.card.address} ${each.verdict}`).join(", ") || nothing}; facts ${print}`,
    findings: findings.map((finding) => (finding.severity === "refuse" ? { ...finding, severity: "warn" as const } : finding)),
    outputs: {
      ready,
      fingerprint: print,
      groups: Object.fromEntries(judgements.map((each) => [each.card.address, each.members])),
      verdicts: Object.fromEntries(judgements.map((each) => [each.card.address, each.verdict])),
    },
  };
}

/** Addresses of the cards that nothing but a boot or a binding that is still to come keeps from being ready. */
export function hopefulCards(facts: HostFacts, desired: IommuVerificationDesired): string[] {
  const report = judge(facts, policyOf(desired), desired.cards.map((card) => card.address));
  return desired.cards.map((card) => judgement(facts, report, card)).filter((each) => each.verdict !== "refused" && each.host.length === 0).map((each) => each.card.address);
}

/** Nothing was done, so there is nothing to undo. */
export function undoIommuVerification(_facts: HostFacts, _desired: IommuVerificationDesired): Plan {
  return { steps: [], lines: {}, observed: "nothing of ours", findings: [] };
}

function policyOf({ cards, trustLevel, acknowledgedUses, acceptedMembers = [], policy }: IommuVerificationDesired): Policy {
  return { trustLevel, acceptedMembers: [...acceptedMembers, ...cards.flatMap((card) => card.members ?? [])], acknowledgedUses, reviewed: policy };
}

function judgement(facts: HostFacts, report: Report, card: VerifiedCard): CardJudgement {
  const gpu = report.gpus.find((each) => each.address === card.address);
  const wrong = cardFindings(facts, card);
  const ofHost = gpu === undefined ? report.findings.filter((finding) => finding.severity === "refuse") : hostRefusals(report.findings, gpu);
  const common = { card, members: gpu?.members ?? [], host: ofHost.filter((finding) => !PENDING.has(finding.rule)) };
  if (wrong.length > 0) return { ...common, verdict: "refused", findings: wrong };
  if (gpu === undefined) return { ...common, verdict: "refused", findings: [notAGpu(card)] };
  const findings = [...gpu.findings, ...changedGroup(card, gpu)];
  const refusing = findings.filter((finding) => finding.severity === "refuse");
  if (refusing.some((finding) => !PENDING.has(finding.rule))) return { ...common, verdict: "refused", findings };
  const hostPending = ofHost.some((finding) => PENDING.has(finding.rule));
  const verdict = refusing.length > 0 || hostPending || gpu.verdict === "bindable" ? "pending" : gpu.verdict;
  return { ...common, verdict, findings };
}

/** Members are compared by address; a group's number means nothing after the next boot. */
function changedGroup(card: VerifiedCard, gpu: GpuReport): Finding[] {
  if (card.members === undefined || gpu.iommuGroup === null) return [];
  const more = gpu.members.filter((member) => !card.members?.includes(member));
  const fewer = card.members.filter((member) => !gpu.members.includes(member));
  if (more.length + fewer.length === 0) return [];
  const parts = [...(more.length > 0 ? [`has ${more.join(", ")} beyond what was reviewed`] : []), ...(fewer.length > 0 ? [`no longer has ${fewer.join(", ")}`] : [])];
  return [{
    rule: "group-changed", severity: "refuse", addresses: [card.address, ...more].sort(),
    says: `The IOMMU group of ${card.address} ${parts.join(" and ")}.`, remedy: "Find out what changed (firmware, kernel, a card in another slot), then review `members` anew.",
  }];
}

function notAGpu(card: VerifiedCard): Finding {
  return {
    rule: "not-a-gpu", severity: "refuse", addresses: [card.address],
    says: `${card.address} is no display or accelerator function (class 03xx or 1200), and only those are judged.`, remedy: "Name the card's first function.",
  };
}

function sentence({ card, verdict, members, findings, host }: CardJudgement): string {
  const refusals = [...host, ...findings].filter((finding) => finding.severity === "refuse" && !PENDING.has(finding.rule));
  if (refusals.length > 0) return `not ready: ${[...new Set(refusals.map((finding) => `${finding.says} ${finding.remedy}`))].join(" ")}`;
  const passed = letPass(findings);
  switch (verdict) {
    case "ready":
      return `${members.length === 1 ? "ready: alone in its IOMMU group" : `ready: its IOMMU group is ${members.join(", ")}`}${passed}`;
    case "pending":
      return `${members.length === 0
        ? "verified after the reboot; its IOMMU group not known until the reboot"
        : `verified once it is bound; its IOMMU group now is ${members.join(", ")}`}${passed}`;
    default:
      return `not ready: not all that is needed could be read of ${card.address}`;
  }
}

/** What of the policy a verdict rests on: a reviewer sees it in the plan, on every card that needs it. */
function letPass(findings: readonly Finding[]): string {
  const passing = findings.filter(({ severity }) => severity !== "refuse");
  const passed = passing.flatMap(({ rule, exceptions = [] }) => exceptions.map(({ address, ...granted }) => `${rule} of ${address} ${grant(granted)}`));
  const less = passing.flatMap(({ rule, lowered }) => (lowered?.counts === true ? [`${rule} ${grant(lowered)}`] : []));
  return `${passed.length === 0 ? "" : `; let pass by exception: ${passed.join(", ")}`}${less.length === 0 ? "" : `; counting less on all hosts: ${less.join(", ")}`}`;
}

function grant({ reason, owner, expires }: Granted): string {
  return `until ${expires} by ${owner} (${reason})`;
}
