import { applyToTokens, unmet, type WantedArguments } from "../facts/applyArguments";
import { showArguments } from "../facts/argument";
import { printArgument } from "../facts/commandLine";
import type { HostFacts, KernelArgument } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { HARMFUL } from "../plan/argumentTable";
import { deviceAt, idsOf, type NamedCard } from "../plan/card";
import { planHostReboot } from "../plan/hostReboot";
import { hopefulCards } from "../plan/iommuVerification";
import { planKernelArguments } from "../plan/kernelArguments";
import { refused, type Plan } from "../plan/plan";
import { boundDrivers, planVfioBinding, type VfioBindingDesired } from "../plan/vfioBinding";
import type { Finding } from "../readiness/finding";
import type { Report } from "../readiness/judge";
import type { Policy } from "../readiness/rule";
import type { ChangeModel } from "./model";

/**
 * What GpuHost would do by its defaults: kernel arguments only where the IOMMU is off, then the binding of the cards. `only`: addresses that somebody
 * named; default: every card that nothing but a boot keeps from being ready.
 */
export function plannedChange(facts: HostFacts, report: Report, policy: Policy, only?: readonly string[]): ChangeModel {
  const wanted = wantedArguments(facts);
  const here = only?.filter((address) => deviceAt(facts, address) !== undefined);
  const asked = named(facts, here ?? report.gpus.map((gpu) => gpu.address).filter((address) => deviceAt(facts, address)?.physicalFunction.kind !== "value"));
  const hopeful = only === undefined ? hopefulCards(facts, { cards: asked, trustLevel: policy.trustLevel, acknowledgedUses: [], policy: policy.reviewed }) : asked.map((card) => card.address);
  const alone = asked.filter((card) => hopeful.includes(card.address)).map((card) => ({ card, plan: planVfioBinding(facts, binding([card], wanted)) }));
  const cards = alone.filter(({ plan }) => !refused(plan)).map(({ card }) => card);
  const desired = binding(cards, wanted);
  const argumentPlan = planKernelArguments(facts, wanted);
  const plans = cards.length === 0 ? [] : [argumentPlan, planVfioBinding(facts, desired)];
  const done = plans.every((plan) => !refused(plan));
  return {
    cards: cards.map((card) => card.address),
    notPlanned: [...without(asked.map((card) => card.address).filter((address) => !hopeful.includes(address)), "the findings above refuse it, whatever is bound"), ...alone.flatMap(({ card, plan }) => (refused(plan) ? without([card.address], refusals(plan)) : []))],
    ...commandLines(facts, done && cards.length > 0 ? wanted : nothing),
    drivers: done ? drivers(facts, desired) : [],
    lines: done ? [...plans, ...rebootPlan(facts, wanted, desired)].flatMap(({ lines }) => Object.entries(lines).map(([target, says]) => ({ target, says }))) : [],
    findings: once(plans.flatMap((plan) => plan.findings)),
  };
}

const nothing: WantedArguments = { shouldExist: [], shouldNotExist: [] };

/** What README.md has people ask for, where the IOMMU is off; what keeps it off goes. */
function wantedArguments(facts: HostFacts): WantedArguments {
  if (facts.iommu.state !== "inactive") return nothing;
  const standing = (known(facts.kernelCommandLine.nextBoot) ?? known(facts.kernelCommandLine.running) ?? []).map(printArgument);
  const off = HARMFUL.filter(({ matches }) => matches.test("iommu=off"));
  const shouldNotExist = [...new Set(standing.filter((token) => off.some(({ matches }) => matches.test(token))))];
  const intel = known(facts.system.cpuVendor) === "intel";
  return { shouldExist: [...(intel ? ["intel_iommu=on"] : []), ...(known(facts.system.cpuVendor) === undefined ? [] : ["iommu=pt"])], shouldNotExist };
}

function named(facts: HostFacts, addresses: readonly string[]): NamedCard[] {
  return addresses.flatMap((address) => {
    const device = deviceAt(facts, address);
    return device === undefined ? [] : [{ address, id: idsOf(device).short }];
  });
}

function binding(cards: readonly NamedCard[], wanted: WantedArguments): VfioBindingDesired {
  const turnsOn = wanted.shouldExist.length + wanted.shouldNotExist.length > 0;
  return { cards: cards.map((card) => ({ ...card, acknowledge: [] })), acceptGroupMembers: [], driver: "vfio-pci", now: "never", iommuWillBeOn: turnsOn };
}

function commandLines(facts: HostFacts, wanted: WantedArguments): Pick<ChangeModel, "argumentsBefore" | "argumentsAfter" | "argumentsAdded" | "argumentsRemoved"> {
  const before: readonly KernelArgument[] | undefined = known(facts.kernelCommandLine.nextBoot) ?? known(facts.kernelCommandLine.running);
  if (before === undefined) return { argumentsBefore: null, argumentsAfter: null, argumentsAdded: [], argumentsRemoved: [] };
  const { lacking, standing } = unmet(before, wanted);
  return { argumentsBefore: showArguments(before), argumentsAfter: showArguments(applyToTokens(before, wanted)), argumentsAdded: lacking, argumentsRemoved: standing };
}

function drivers(facts: HostFacts, desired: VfioBindingDesired): ChangeModel["drivers"] {
  return Object.entries(boundDrivers(facts, desired)).map(([address, after]) => ({ address, before: known(deviceAt(facts, address)?.driver ?? { kind: "absent" }) ?? null, after }));
}

function rebootPlan(facts: HostFacts, wanted: WantedArguments, desired: VfioBindingDesired): Plan[] {
  return [planHostReboot(facts, { arguments: wanted.shouldExist, absentArguments: wanted.shouldNotExist, drivers: boundDrivers(facts, desired), policy: "never", guests: {}, deadlineSeconds: 600 })];
}

function without(cards: readonly string[], why: string): ChangeModel["notPlanned"] {
  return cards.length === 0 ? [] : [{ cards, why }];
}

function refusals(plan: Plan): string {
  return plan.findings.filter((finding) => finding.severity === "refuse").map((finding) => `${finding.says} ${finding.remedy}`).join(" ");
}

function once(findings: readonly Finding[]): ChangeModel["findings"] {
  const models = findings.map(({ severity, rule, says, remedy }) => ({ severity, rule, says, remedy }));
  return [...new Map(models.map((model) => [JSON.stringify(model), model])).values()];
}
