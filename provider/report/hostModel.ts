import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { fingerprint } from "../readiness/fingerprint";
import { judge } from "../readiness/judge";
import { novaFindings } from "../readiness/nova/report";
import type { Policy } from "../readiness/rule";
import { fabricModels } from "./fabrics";
import { findingModels } from "./findings";
import { functionModels } from "./functions";
import type { ReadHost } from "./model";
import { plannedChange } from "./plannedChange";

export interface HostModelOptions {
  /** What people call the host. */
  readonly name: string;
  readonly policy: Policy;
  /** One line about the policy file; left out without one. */
  readonly policySays?: string | undefined;
  /** Addresses of the cards that the change is planned for. Default: all that nothing but a boot keeps from being ready. */
  readonly cards?: readonly string[] | undefined;
}

/** All that a report says of one host. Pure: the same facts, their day among them, and policy give the same model. */
export function hostModel(facts: HostFacts, { name, policy, policySays, cards }: HostModelOptions): ReadHost {
  const report = judge(facts, policy);
  const change = plannedChange(facts, report, policy, cards);
  const fabrics = fabricModels(facts, policy);
  const { state, kinds, groups, interruptRemapping } = facts.iommu;
  return {
    name,
    system: known(facts.system.osRelease)?.prettyName ?? null,
    kernel: known(facts.system.kernelRelease) ?? null,
    iommu: { state, kinds, groups: groups.length, interruptRemapping },
    trustLevel: policy.trustLevel,
    policy: policySays ?? null,
    fingerprint: fingerprint(facts, report),
    cards: report.gpus.map(({ address, verdict, iommuGroup, members, companions, bystanders }) => ({
      address, verdict, iommuGroup, members, companions, bystanders,
      peers: fabrics.filter((fabric) => fabric.cards.includes(address)).flatMap((fabric) => fabric.cards.filter((peer) => peer !== address)),
    })),
    functions: functionModels(facts, report.gpus, new Map(change.drivers.map(({ address, after }) => [address, after])), policy.reviewed?.devices),
    fabrics,
    findings: findingModels({ ...report, findings: [...report.findings, ...novaFindings(facts)] }),
    change,
  };
}
