import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { sha256 } from "./hash";
import { providerOf } from "./novaExposure";
import type { NovaPciDesired } from "./novaWishes";
import type { Plan } from "./plan";
import type { Step } from "./step";
import * as target from "./target";

/** Cards that we took out of scheduling, one a line: what a person reserved is not ours to give back. */
export const QUARANTINE_PATH = "/etc/gpuhost/nova-quarantine.conf";

export const quarantineReason = "gpuhost: a card that Nova offers is not proven any more";

export interface Quarantine {
  readonly steps: readonly Step[];
  readonly cloud: readonly CloudStep[];
  readonly lines: Readonly<Record<string, string>>;
  /** Something has to be taken out of scheduling: nothing else is done in the same run. */
  readonly closes: boolean;
}

/**
 * Cards that Nova offers are kept from new guests while they are not proven: by reserving the card in Placement, or, where Nova does not report PCI
 * there, by disabling the compute service. What was taken out by us comes back once it is proven again.
 */
export function quarantineOf(facts: HostFacts, desired: NovaPciDesired, seen: CloudSeen, exposed: ReadonlySet<string>, verification: Plan): Quarantine {
  const verdicts = (verification.outputs?.["verdicts"] ?? {}) as Readonly<Record<string, string>>;
  const held = quarantined(facts);
  const { root, service } = seen;
  const due: string[] = [];
  const back: string[] = [];
  const cloud: CloudStep[] = [];
  const lines: Record<string, string> = {};
  for (const { address } of desired.deviceSpecs) {
    const proven = verdicts[address] === "ready";
    const provider = providerOf(seen, address);
    const inventory = provider?.inventories[0];
    const key = target.device(facts, address);
    if (!proven && exposed.has(address)) {
      due.push(address);
      const why = `Not proven any more: ${verification.lines[key] ?? "its verification says nothing of it"}`;
      if (provider !== undefined && inventory !== undefined) {
        if (inventory.reserved < inventory.total) {
          cloud.push({ kind: "reserveInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } });
          lines[key] = `quarantined: reserved in Placement (${provider.name}), so that no new guest gets it; a guest that has it keeps it. ${why}`;
        }
      } else if (service.status === "enabled") {
        cloud.push({ kind: "disableComputeService", host: service.host, reason: quarantineReason });
        lines[key] = `quarantined: nova-compute on ${service.host} is disabled, since Nova does not report PCI devices of ${root.name} to Placement. ${why}`;
      }
    } else if (proven && held.includes(address)) {
      back.push(address);
      if (provider !== undefined && inventory !== undefined && inventory.reserved === inventory.total) {
        cloud.push({ kind: "releaseInventory", provider: { id: provider.id, name: provider.name }, resourceClass: inventory.resourceClass, before: { total: inventory.total, reserved: inventory.reserved } });
      }
      lines[key] = "offered again: proven by a fresh read, and taken out of quarantine";
    }
  }
  const left = [...new Set([...held.filter((address) => !back.includes(address)), ...due])].sort();
  if (left.length === 0 && back.length > 0 && service.status === "disabled" && service.disabledReason === quarantineReason) {
    cloud.push({ kind: "enableComputeService", host: service.host, reason: quarantineReason });
    lines[`service nova-compute on ${service.host}`] = "enabled again: no card is in quarantine any more";
  }
  const noted = left.join() !== held.join();
  return { steps: noted ? [note(facts, left)] : [], cloud, lines, closes: cloud.length > 0 && back.length === 0 };
}

export function quarantined(facts: HostFacts): readonly string[] {
  const text = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  return (text ?? "").split("\n").filter((line) => line !== "" && !line.startsWith("#")).sort();
}

function note(facts: HostFacts, left: readonly string[]): Step {
  if (left.length === 0) return { kind: "restoreFile", path: QUARANTINE_PATH };
  const before = facts.novaQuarantine === undefined ? undefined : known(facts.novaQuarantine);
  const text = `# Cards that gpuhost keeps from new guests because they are not proven any more.\n${left.map((address) => `${address}\n`).join("")}`;
  return { kind: "writeFile", path: QUARANTINE_PATH, text, mode: "0644", before: before === undefined ? "absent" : sha256(before) };
}
