import type { DeviceUse, HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { described, isGpu } from "../readiness/card";
import type { Finding } from "../readiness/finding";
import { isBoardManagementDisplay, isNvSwitch, knownDevice } from "../readiness/knownDevices";
import { bystanders, isPciBridge } from "./boundFunctions";
import type { PlannedFunction, VfioBindingDesired } from "./boundFunctions";
import { cardFindings, deviceAt } from "./card";
import { moduleOf } from "./vfioVariant";

/** Everything that forbids, or should be known about, giving these functions to vfio-pci. */
export function bindingFindings(facts: HostFacts, desired: VfioBindingDesired, functions: readonly PlannedFunction[]): Finding[] {
  const findings = [...desired.cards.flatMap((card) => [...cardFindings(facts, card), ...notACard(facts, card.address)]), ...accepted(facts, desired)];
  findings.push(...functions.flatMap((each) => [...unfit(each), ...needed(facts, each), ...anotherVariant(each), ...held(facts, each)]));
  findings.push(...bystanders(facts, functions).map((each) => foreign(facts, each.card, each.device)));
  return findings;
}

function finding(rule: string, severity: Finding["severity"], addresses: readonly string[], says: string, remedy: string): Finding {
  return { rule, severity, addresses: [...new Set(addresses)].sort(), says, remedy };
}

function notACard(facts: HostFacts, address: string): Finding[] {
  const device = deviceAt(facts, address);
  if (device !== undefined && isBoardManagementDisplay(device)) {
    return [finding("management-display", "refuse", [address], `${described(device)} is the display of the board's management controller: it shows the console and is never given away.`, "Name a graphics card.")];
  }
  if (device === undefined || !isPciBridge(device)) return [];
  return [finding("bridge", "refuse", [address], `${address} is a PCI bridge: vfio-pci does not take it, and it would be left without a driver.`, "Name the card behind it.")];
}

function accepted(facts: HostFacts, desired: VfioBindingDesired): Finding[] {
  return desired.acceptGroupMembers.flatMap(({ address }) => {
    const device = deviceAt(facts, address);
    if (device === undefined) return [finding("device-absent", "refuse", [address], `There is no PCI function at ${address}, which acceptGroupMembers names.`, "Take the name out, or correct it.")];
    if (isPciBridge(device)) return notACard(facts, address);
    const group = facts.iommu.groups.find((each) => each.members.includes(address));
    if (group === undefined || desired.cards.some((card) => group.members.includes(card.address))) return [];
    return [finding("accepted-not-in-group", "warn", [address], `${address} is accepted by name but shares no IOMMU group with a named card; it is bound all the same.`, "Take the name out of acceptGroupMembers to leave it to the host.")];
  });
}

/** Functions that no driver of this kind can take. */
function unfit({ device, address, ids }: PlannedFunction): Finding[] {
  const config = known(device.config);
  if (known(device.vendor) === "ffff" || config?.allOnes === true) {
    return [finding("device-dead", "refuse", [address], `${address} does not answer: its config space reads as all ones.`, "Power the host off and on; if it stays so, the card or the slot is broken.")];
  }
  const findings: Finding[] = [];
  if (ids.includes("?")) findings.push(finding("ids-unreadable", "refuse", [address], `Not all ids of ${address} could be read (${ids}): the boot hook could not tell it from another card.`, "Let the connection's user read /sys/bus/pci (sudo), then preview again."));
  if ((known(device.numVfs) ?? 0) > 0 || (config !== undefined && known(config.sriov)?.enabled === true)) {
    findings.push(finding("vfs-enabled", "refuse", [address], `Virtual functions of ${address} are enabled: vfio-pci does not take the physical function meanwhile.`, "Give the virtual functions to guests instead, or set sriov_numvfs to 0."));
  }
  return findings;
}

/** What the host itself needs it for: only a reason that was acknowledged by name is let go. */
function needed(facts: HostFacts, { address, device, acknowledge }: PlannedFunction): Finding[] {
  const findings: Finding[] = [];
  const critical = usesOf(facts, address).filter((use) => use.critical && use.kind !== "guest");
  const open = critical.filter((use) => !acknowledge.includes(use.reason));
  if (critical.length > 0) {
    const remedy = open.length > 0 ? `Move the card to another slot or leave it to the host; to lose this on purpose, acknowledge: ${open.map((use) => use.reason).join(", ")}.` : "Acknowledged by name.";
    findings.push(finding("host-critical-in-group", open.length > 0 ? "refuse" : "warn", [address], `The host needs ${address}: ${critical.map((use) => use.says).join("; ")}.`, remedy));
  }
  if (known(device.bootVga) === true) {
    const known = acknowledge.includes("boot-display");
    findings.push(finding("boot-display", known ? "warn" : "refuse", [address], `${address} is the display the host booted on: its console goes dark with vfio-pci.`,
      known ? "Acknowledged by name; keep another way to the console (serial, BMC)." : 'Have another way to the console (serial, BMC), then acknowledge: boot-display.'));
  }
  return findings;
}

/** A model that needs a vfio driver of its own (readiness/deviceTable.ts), and would get another one. */
function anotherVariant({ address, device, driver }: PlannedFunction): Finding[] {
  const variant = knownDevice(device)?.variantDriver;
  if (variant === undefined || moduleOf(driver) === moduleOf(variant)) return [];
  const says = `${address} would get ${driver}, and a guest needs ${variant} for it.`;
  return [finding("variant-driver", "warn", [address], says, `Ask for it (driver: "auto"); where the kernel does not have it, a newer one does.`)];
}

function held(facts: HostFacts, { address }: PlannedFunction): Finding[] {
  const guests = usesOf(facts, address).filter((use) => use.kind === "guest");
  return guests.map((use) => finding("in-use-by-guest", "note", [address], `${address} is in use: ${use.says}. It is not touched now.`, "The binding counts from the next boot on."));
}

function foreign(facts: HostFacts, card: string, device: Parameters<typeof described>[0]): Finding {
  const rule = isGpu(device) ? "second-gpu-in-group" : isNvSwitch(device) ? "nvswitch-in-group" : "bystander-in-group";
  const uses = usesOf(facts, device.address);
  const lost = uses.length > 0 ? ` The host would lose: ${uses.map((use) => use.says).join("; ")}.` : " Nothing of the host was seen to use it.";
  return finding(rule, "refuse", [card, device.address],
    `${described(device)} shares the IOMMU group of ${card}, so it can only go together with it.${lost}`,
    `Accept it by name (acceptGroupMembers: [{ address: "${device.address}", becomes: "vfio-pci" }]) and give the whole group to one guest, leave the card to the host, or move the card to another slot.`);
}

export function usesOf(facts: HostFacts, address: string): readonly DeviceUse[] {
  return facts.uses.filter((use) => use.address === address);
}
