import type { IommuFacts, IommuGroup, PciDevice } from "./hostFacts";
import { comparePciAddresses, isPciAddress } from "./pciAddress";
import { absent, known, mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf, malformed } from "./values";

const groupsRoot = "/sys/kernel/iommu_groups";
const tablesRoot = "/sys/firmware/acpi/tables";
/** The name of a no-IOMMU group (drivers/vfio/group.c): nothing is translated for its members. Other groups of devices have none. */
const noIommuName = "vfio-noiommu";
const tables = ["DMAR", "IVRS", "IORT"];

/** IOMMU units, groups and interrupt remapping, from sysfs alone: kernel messages rotate and may be hidden. */
export function iommuFacts(snapshot: Snapshot, devices: readonly PciDevice[]): IommuFacts {
  const unitNames = snapshot.list("/sys/class/iommu");
  const units = known(unitNames) ?? [];
  const groups = iommuGroups(snapshot, devices);
  const names = groups.map((group) => snapshot.text(`${groupsRoot}/${group.number}/name`));
  const real = names.some((name) => name.kind !== "unreadable" && known(name) !== noIommuName);
  // A name that may not be read may be that of a no-IOMMU group, which proves nothing.
  const certain = unitNames.kind === "value" && names.every((name) => name.kind !== "unreadable");
  const kinds = [...new Set(units.map(unitKind))].sort();
  return {
    state: units.length > 0 || real ? "active" : certain ? "inactive" : "unknown",
    kinds,
    groupsKnown: groups.some((group) => group.members.length > 0),
    units,
    firmwareTables: mapReading(snapshot.list(tablesRoot), (names) => tables.filter((table) => names.includes(table))),
    groups,
    interruptRemapping: interruptRemapping(snapshot, kinds),
  };
}

/** dmar0 (intel/dmar.c), ivhd0 (amd/init.c), smmu3.0x... and smmu.0x... (arm); everything else is named by its own driver. */
function unitKind(name: string): IommuFacts["kinds"][number] {
  if (/^dmar\d+$/.test(name)) return "intel";
  if (/^ivhd\d+$/.test(name)) return "amd";
  return /^(arm-)?smmu/.test(name) ? "smmu" : "other";
}

/** Groups as both sides name them: the group's own directory, and each device's link. */
function iommuGroups(snapshot: Snapshot, devices: readonly PciDevice[]): IommuGroup[] {
  const members = new Map<number, Set<string>>();
  const join = (group: number, address: string): void => {
    members.set(group, (members.get(group) ?? new Set()).add(address));
  };
  for (const name of known(snapshot.list(groupsRoot)) ?? []) {
    if (!/^\d+$/.test(name)) throw malformed(groupsRoot, name, "a group number");
    members.set(Number(name), new Set());
    for (const member of known(snapshot.list(`${groupsRoot}/${name}/devices`)) ?? []) {
      if (isPciAddress(member)) join(Number(name), member);
    }
  }
  for (const device of devices) {
    if (device.iommuGroup.kind === "value") join(device.iommuGroup.value, device.address);
  }
  return [...members]
    .sort(([a], [b]) => a - b)
    .map(([number, addresses]) => ({
      number,
      type: mapReading(snapshot.text(`${groupsRoot}/${number}/type`), (text) => text.trim()),
      members: [...addresses].sort(comparePciAddresses),
      ...(snapshot.list(`${groupsRoot}/${number}/devices`).kind === "unreadable" ? { membersNotRead: true } : {}),
      reservedRegions: reservedRegions(snapshot, number),
    }));
}

function reservedRegions(snapshot: Snapshot, group: number): IommuGroup["reservedRegions"] {
  const path = `${groupsRoot}/${group}/reserved_regions`;
  return mapReading(snapshot.text(path), (text) =>
    linesOf(text).map((line) => {
      const match = /^(0x[0-9a-f]+) (0x[0-9a-f]+) ([a-z-]+)$/.exec(line.trim());
      if (match === null) throw malformed(path, line, '"START END TYPE"');
      return { start: match[1] ?? "", end: match[2] ?? "", type: match[3] ?? "" };
    }),
  );
}

/** Chips behind an x86 remapping unit are named IR-... (intel/irq_remapping.c, amd/iommu.c); other architectures isolate otherwise. */
function interruptRemapping(snapshot: Snapshot, kinds: IommuFacts["kinds"]): IommuFacts["interruptRemapping"] {
  const chips = chipNames(snapshot.answer("interrupt-chips"));
  if (chips.kind === "value" && chips.value.some((chip) => chip.startsWith("IR-"))) return "remapped";
  const architecture = known(snapshot.answer("architecture"));
  const x86 = kinds.includes("intel") || kinds.includes("amd") || architecture === "x86_64" || (known(chips) ?? []).includes("IO-APIC");
  if (architecture !== undefined && architecture !== "x86_64" && !x86) return "not-applicable";
  if (kinds.length > 0 && !x86) return "not-applicable";
  return x86 && chips.kind === "value" && chips.value.some((chip) => /MSI|IO-APIC/.test(chip)) ? "not-remapped" : "unknown";
}

function chipNames(answer: Reading<string>): Reading<readonly string[]> {
  const names = mapReading(answer, (text) => linesOf(text).filter((line) => line !== ""));
  return names.kind === "value" && names.value.length === 0 ? absent : names;
}

