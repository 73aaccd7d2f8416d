import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { isVfioDriver, leavesGroupViable, type Card } from "./card";
import { isOfClass } from "./deviceClass";
import { isFabricUnproven, mayHaveFabric, physicalCard } from "./fabricFacts";
import { isModelKnown } from "./knownDevices";
import { cardFinding, type Policy } from "./rule";
import type { Finding } from "./finding";
import { hasNoReset, hasResetMethods } from "./rules/reset";

type Need = (wasRead: boolean, what: string) => void;

/** What a verdict on this card needs and nobody could read: counted as not proven. Knowing less must never make a card readier. */
export function notRead(card: Card, facts: HostFacts, policy: Policy): string[] {
  const missing: string[] = [];
  const need: Need = (wasRead, what) => {
    if (!wasRead) missing.push(what);
  };
  ofHost(need, facts);
  if (facts.iommu.state !== "inactive") ofGroup(need, card, facts);
  for (const member of new Set([card.device, ...card.members, ...card.companions])) {
    need(hasIds(member), `the ids of ${member.address}`);
    need(member.driver.kind !== "unreadable", `the driver of ${member.address}`);
  }
  ofCard(need, card, facts);
  ofUses(need, card, facts);
  if (policy.trustLevel === "multi-tenant") ofStrangers(need, card, facts, policy);
  else need(card.device.config.kind === "value", "its config space");
  return missing;
}

function ofHost(need: Need, facts: HostFacts): void {
  need(facts.iommu.state !== "unknown", "whether an IOMMU is at work");
  if (facts.iommu.state !== "inactive") need(facts.iommu.interruptRemapping !== "unknown", "interrupt remapping");
  need(facts.kernelCommandLine.running.kind === "value", "the running kernel's command line");
  // Absent is a module that is not loaded.
  need(facts.vfio.allowUnsafeInterrupts.kind !== "unreadable", "whether unsafe interrupts are allowed");
  need(facts.vfio.noIommuMode.kind !== "unreadable", "whether VFIO's no-IOMMU mode is on");
}

function ofGroup(need: Need, card: Card, facts: HostFacts): void {
  const { device, group } = card;
  need(group !== undefined || (device.iommuGroup.kind === "absent" && facts.iommu.groupsKnown), "its IOMMU group");
  if (group === undefined) return;
  need(group.membersNotRead !== true, "all members of its group");
  need(group.reservedRegions.kind === "value", "the reserved regions of its group");
  if (card.bridges.some((bridge) => !leavesGroupViable(known(bridge.driver)))) need(facts.system.kernelRelease.kind === "value", "the kernel's release");
  if (isVfioDriver(known(device.driver))) need(facts.vfio.nodes.kind === "value", "the nodes of /dev/vfio");
}

function ofCard(need: Need, { device }: Card, facts: HostFacts): void {
  // `reset` stays when somebody empties reset_method, so it proves nothing on a kernel that has both.
  const older = device.resetMethods.kind === "absent" && !hasResetMethods(facts) && known(device.resettable) === true;
  need(device.resetMethods.kind === "value" || older || hasNoReset(device, facts), "its reset methods");
  const vfs = known(device.totalVfs) === undefined ? device.numVfs.kind !== "unreadable" && device.totalVfs.kind !== "unreadable" : known(device.totalVfs) === 0 || device.numVfs.kind === "value";
  need(vfs, "how many virtual functions are on");
}

/** Disks and network cards that would go along: whether the host runs from them. */
function ofUses(need: Need, card: Card, facts: HostFacts): void {
  const unread = new Set(facts.usesNotRead ?? []);
  for (const given of card.given) {
    const sources = isOfClass(given, "01") ? ["mounts", "swap", "disks"] : isOfClass(given, "02") ? ["network interfaces", "addresses", "routes"] : [];
    const lacking = sources.filter((source) => unread.has(source));
    need(lacking.length === 0, `what the host uses ${given.address} for (${lacking.join(", ")})`);
  }
}

/** What only guests that do not trust each other need. */
function ofStrangers(need: Need, card: Card, facts: HostFacts, policy: Policy): void {
  for (const given of card.given) {
    const config = known(given.config);
    need(config !== undefined && (config.allOnes || config.ats.kind !== "unreadable"), `the extended config space of ${given.address} (ATS)`);
  }
  const { device } = card;
  need(device.upstreamNotRead !== true && device.upstream.every((address) => card.upstream.some((port) => port.address === address)), "all ports above it");
  for (const port of card.upstream) {
    if (card.members.includes(port)) continue;
    const above = known(port.config);
    need(above !== undefined && above.acs.kind !== "unreadable", `the extended config space of ${port.address} (ACS)`);
  }
  need(device.physicalFunction.kind !== "unreadable", "whether it is a virtual function");
  const model = physicalCard(device, facts);
  need(model !== undefined && hasIds(model) && isModelKnown(model, policy.reviewed?.devices), "which model it is");
  if (mayHaveFabric(card, facts, policy)) need(facts.pciDevices.every((other) => hasIds(other) && isModelKnown(other, policy.reviewed?.devices)), "the ids of all devices (cards on one fabric)");
  need(!isFabricUnproven(card, facts, policy), "whether the other cards on its fabric are kept apart from it (see shared-fabric)");
}

function hasIds(device: PciDevice): boolean {
  return device.vendor.kind === "value" && device.device.kind === "value" && device.class.kind === "value";
}

export function notReadFinding(card: Card, facts: HostFacts, missing: readonly string[]): Finding[] {
  if (missing.length === 0) return [];
  const user = known(facts.system.userId);
  const remedy = user !== undefined && user !== 0 ? "Read the host as root." : "Read the running host as root; a recording holds only what was recorded.";
  return [cardFinding("not-read", "note", card, [], `Not proven, since it could not be read: ${missing.join(", ")}.`, remedy)];
}
