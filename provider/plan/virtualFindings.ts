import type { HostFacts } from "../facts/hostFacts";
import { slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { virtualFunctionAt } from "../facts/virtualFunctions";
import { isVfioDriver } from "../readiness/card";
import type { Finding } from "../readiness/finding";
import { usesOf } from "./bindingFindings";
import { cardFindings, deviceAt } from "./card";
import { foreignFiles } from "./foreignFiles";
import { devicesOf } from "./mdevWishes";
import { ALL_VIRTUAL_PATHS } from "./virtualBoot";
import { vendorFindings } from "./virtualVendors";
import { groupMates, isNamedDriver } from "./virtualWish";
import type { PlannedPhysical, VirtualFunctionsDesired } from "./virtualWish";

/** Everything that forbids, or should be known about, giving these physical functions that many virtual ones. */
export function virtualFindings(facts: HostFacts, desired: VirtualFunctionsDesired, planned: readonly PlannedPhysical[]): Finding[] {
  return [
    ...desired.physicalFunctions.flatMap((wish) => cardFindings(facts, wish)),
    ...hostFindings(facts, desired, planned),
    ...planned.flatMap((each) => each.device.physicalFunction.kind === "value" ? [itself(each.wish.address, each.device.physicalFunction.value)] : [...capable(each), ...reachable(facts, each), ...vendorFindings(facts, each), ...needed(facts, desired, each), ...inUse(facts, desired, each), ...asMade(facts, each)]),
  ];
}

function finding(rule: string, severity: Finding["severity"], addresses: readonly string[], says: string, remedy: string): Finding {
  return { rule, severity, addresses: [...new Set(addresses)].sort(), says, remedy };
}

function hostFindings(facts: HostFacts, { when }: VirtualFunctionsDesired, planned: readonly PlannedPhysical[]): Finding[] {
  const found: Finding[] = [...foreignFiles(facts, ALL_VIRTUAL_PATHS)];
  if (facts.virtualFunctions?.systemd === false) found.push(finding("no-systemd", "refuse", [], "This host has no /etc/systemd/system, and a unit there is what sets the numbers at every boot.", "Set sriov_numvfs by the way this host has for it at boot."));
  const vfio = planned.filter(({ wish, remade, rebound }) => wish.count > 0 && isVfioDriver(wish.driver) && (remade || rebound.length > 0));
  if (when === "now" && vfio.length > 0 && facts.iommu.state !== "active") {
    found.push(finding("iommu-inactive", "refuse", vfio.map(({ wish }) => wish.address), `Whether an IOMMU is at work: ${facts.iommu.state}. Without one no virtual function has a group, and vfio-pci takes none.`,
      'Turn it on first (KernelArguments), and say when: "nextBoot" in the same stack.'));
  }
  return found;
}

function itself(address: string, physical: string): Finding {
  return finding("virtual-function", "refuse", [address], `${address} is itself a virtual function, of ${physical}.`, `Name ${physical}.`);
}

/** By its own capability (PCI Express SR-IOV) and by who drives it. */
function capable({ wish, at, device, driver }: PlannedPhysical): Finding[] {
  const { address, count } = wish;
  if (device.totalVfs.kind === "unreadable" || device.numVfs.kind === "unreadable") return [finding("sriov-unreadable", "refuse", [address], `How many virtual functions ${address} has, or can have, could not be read.`, "Let the connection's user read /sys/bus/pci (sudo), then preview again.")];
  const total = known(device.totalVfs);
  if (total === undefined || total === 0) {
    return [finding("no-sriov", "refuse", [address], `${address} can have no virtual functions (${total === undefined ? "it has no sriov_totalvfs" : "sriov_totalvfs is 0"}).`,
      "Turn SR-IOV on in the firmware's setup and, where it has a switch of its own, on the card; else leave this card out.")];
  }
  const found: Finding[] = [];
  if (count > total) found.push(finding("too-many-virtual-functions", "refuse", [address], `physicalFunctions[${at}].count is ${count}, and ${address} can have ${total} (sriov_totalvfs).`, `Ask for ${total} at most.`));
  if (count > 0 && driver === null) found.push(finding("physical-function-unbound", "refuse", [address], `${address} has no driver, and virtual functions are made by the driver of the physical one.`, "Give it its host driver first."));
  return found;
}

/** Whether the buses and the routing that their addresses need are there (drivers/pci/iov.c, sriov_enable). */
function reachable(facts: HostFacts, { wish, device, remade }: PlannedPhysical): Finding[] {
  const { address, count } = wish;
  const [offset, stride] = [device.sriov && known(device.sriov.offset), device.sriov && known(device.sriov.stride)];
  if (!remade || count === 0 || offset === undefined || stride === undefined || offset === 0) return [];
  const last = virtualFunctionAt(address, offset, stride, count - 1);
  const first = virtualFunctionAt(address, offset, stride, 0);
  const port = device.upstream.at(-1);
  const bus = (of: string): number => Number.parseInt(of.split(":")[1] ?? "0", 16);
  const buses = port === undefined ? undefined : deviceAt(facts, port)?.buses;
  const behind = buses === undefined ? undefined : known(buses);
  // A port that does not even have the card's own bus behind it was not set up, or not read.
  const end = behind === undefined || behind.subordinate < bus(address) ? undefined : behind.subordinate;
  if (last === undefined || (end !== undefined && bus(last) > end)) {
    const lastBus = last === undefined ? "a bus beyond ff" : `bus ${last.split(":")[1] ?? ""}`;
    return [finding("no-bus-for-virtual-functions", "refuse", [address], `The last of ${count} virtual functions of ${address} would be on ${lastBus}, and ${port ?? "the root"} has buses up to ${(end ?? 255).toString(16).padStart(2, "0")} behind it.`,
      "Have the firmware set aside more buses there (an option about SR-IOV), boot with pci=assign-busses, or ask for fewer.")];
  }
  const elsewhere = [first, last].some((each) => each !== undefined && bus(each) === bus(address) && slotOf(each) !== slotOf(address));
  if (port !== undefined && elsewhere && device.ariEnabled !== undefined && known(device.ariEnabled) === false) {
    return [finding("ari-missing", "refuse", [address], `The last of ${count} virtual functions of ${address} would be ${last}, beyond function 7 of its own slot, and ${port} above it forwards no alternative routing ids (ARI).`,
      "Turn ARI forwarding on in the firmware's setup, move the card to another slot, or ask for fewer.")];
  }
  return [];
}

/** A change of the number may restart the physical function, and what the host has on it. */
function needed(facts: HostFacts, { when }: VirtualFunctionsDesired, { wish, remade, by }: PlannedPhysical): Finding[] {
  if (!remade || when === "nextBoot") return [];
  const critical = usesOf(facts, wish.address).filter((use) => use.critical);
  if (critical.length === 0) return open(facts, wish.address, by);
  const lost = critical.filter((use) => !wish.acknowledge.includes(use.reason));
  return [...open(facts, wish.address, by), finding("host-critical-in-use", lost.length > 0 ? "refuse" : "warn", [wish.address], `The host needs ${wish.address}, and its driver may restart it when the number of its virtual functions changes: ${critical.map((use) => use.says).join("; ")}.`,
    lost.length > 0 ? `Say when: "nextBoot", or acknowledge: ${lost.map((use) => use.reason).join(", ")}.` : "Acknowledged by name.")];
}

/** Processes that have a device node of the physical function open. */
function open(facts: HostFacts, address: string, by: PlannedPhysical["by"]): Finding[] {
  const uses = usesOf(facts, address).filter((use) => use.kind === "process" && !use.critical);
  const effect = by === "sriov-manage" ? "sriov-manage takes the card from its driver for a moment, which fails while somebody has it" : "its driver may restart it when the number of its virtual functions changes";
  return uses.length === 0 ? [] : [finding("physical-function-in-use", "warn", [address], `${address} is in use: ${uses.map((use) => use.says).join("; ")}; ${effect}.`, 'Stop what has it, or say when: "nextBoot".')];
}

/** Virtual functions that would go, or change, under somebody who has them. */
function inUse(facts: HostFacts, { when }: VirtualFunctionsDesired, { wish, virtual, remade, rebound, typed, now }: PlannedPhysical): Finding[] {
  if (when === "nextBoot") return [];
  const touched = remade ? virtual : typed ? virtual : rebound;
  return touched.flatMap(({ address }) => holdersOf(facts, address).map(({ says, remedy }) => finding("virtual-function-in-use", "refuse", [wish.address, address],
    `${address} is in use: ${says}${remade ? `, and the virtual functions of ${wish.address} go from ${now ?? "an unknown number"} to ${wish.count} only through 0` : ""}.`,
    `${remedy ?? "Shut that guest down or move it away (or take the use away)"}, then preview again; or say when: "nextBoot".`)));
}

export interface Holder {
  readonly says: string;
  /** Begins a sentence; left out: a guest or a process is to end, or a use. */
  readonly remedy?: string;
}

/** Guests, processes, what the host cannot lose, and mediated devices: they go with their parent, and nothing makes them again. */
export function holdersOf(facts: HostFacts, address: string): Holder[] {
  const made = devicesOf(facts).filter(({ parent, holders }) => known(parent) === address && (known(holders) ?? []).length === 0);
  return [
    ...usesOf(facts, address).filter((use) => use.kind === "guest" || use.kind === "process" || use.critical).map(({ says }) => ({ says })),
    ...made.map(({ uuid }) => ({
      says: `the mediated device ${uuid} is made of it and would go with it`,
      remedy: `Take the mediated device away first, where it was made: in MediatedDevices, with mdevctl, or by 1 > /sys/bus/mdev/devices/${uuid}/remove (one that Nova made may outlive its guest)`,
    })),
  ];
}

/** What a fresh read shows of those that are there. */
function asMade(facts: HostFacts, { wish, device, remade }: PlannedPhysical): Finding[] {
  const there = device.sriov?.functions ?? [];
  if (remade || there.length === 0) return [];
  const [offset, stride] = [device.sriov && known(device.sriov.offset), device.sriov && known(device.sriov.stride)];
  const odd = offset === undefined || stride === undefined || offset === 0 ? [] : there.filter((address, at) => address !== virtualFunctionAt(wish.address, offset, stride, at));
  const shared = there.flatMap((address) => ((groupMates(facts, address) ?? []).length > 0 ? [address] : []));
  return [
    ...(there.length < wish.count ? [finding("virtual-function-missing", "refuse", [wish.address], `${wish.address} says it has ${wish.count} virtual functions, and only ${there.join(", ")} are there.`, "The kernel's log on the host says what became of the others.")] : []),
    ...(odd.length > 0 ? [finding("virtual-function-address", "warn", [wish.address, ...odd], `${odd.join(", ")} are not where offset and stride of the capability put virtual functions of ${wish.address}.`, "Compare with lspci on the host before an address goes into Nova's configuration.")] : []),
    ...(shared.length > 0 && isNamedDriver(wish.driver) ? [finding("virtual-function-group-shared", "warn", [wish.address, ...shared], `${[...new Set(shared.map((address) => [address, ...(groupMates(facts, address) ?? [])].sort().join(", ")))].join("; ")} share an IOMMU group: they can go to one guest only, and IommuVerification refuses them.`, "Move the card to a slot whose ports keep functions apart (ACS).")] : []),
  ];
}
