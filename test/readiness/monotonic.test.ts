import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { FabricFacts, HostFacts } from "../../provider/facts/hostFacts";
import { absent, unreadable } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import type { Verdict } from "../../provider/readiness/finding";
import { judge } from "../../provider/readiness/judge";
import type { Policy } from "../../provider/readiness/rule";
import { addFunction, configSpace, factsOf, gpu } from "../facts/trees";
import { allCases, hide, treeOf, type RuleCase } from "./cases";

/** Refused and unknown are both no pass; knowing less may turn one into the other, and never into one of the rest. */
const readiness: Readonly<Record<Verdict, number>> = { refused: 0, unknown: 0, bindable: 1, ready: 2 };

function rank(facts: HostFacts, policy?: Policy): number {
  const verdict = judge(facts, policy).gpus.find(({ address }) => address === gpu)?.verdict;
  return verdict === undefined ? 0 : readiness[verdict];
}

/** Everything in a host that a reading may fail at. Links in sysfs are readable to everybody who may enter their directory. */
function paths(tree: TreeSnapshot): string[] {
  return [...new Set([...tree.texts.keys(), ...tree.binaries.keys(), ...tree.links.keys(), ...tree.directories.keys()])].filter((path) => path.split("/").length > 2).sort();
}

const disk: RuleCase = { name: "a disk that the host runs from goes along", is: "present", bound: true, policy: { trustLevel: "multi-tenant", acceptedMembers: ["0000:66:00.0"] } };
const withDisk = (): TreeSnapshot => addFunction(treeOf(disk), "0000:66:00.0", { ids: "144d:a808", class: "010802", driver: "vfio-pci", group: 12 })
  .addLink("/sys/class/block/nvme0n1p1", "../../devices/pci0000:66/0000:66:00.0/nvme/nvme0/nvme0n1/nvme0n1p1")
  .addText("/sys/class/block/nvme0n1p1/dev", "259:1")
  .addText("/proc/self/mountinfo", "29 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw");

const more: readonly (readonly [string, () => TreeSnapshot, Policy | undefined])[] = [
  [disk.name, withDisk, disk.policy],
  ["a bridge on another driver", () => addFunction(treeOf({ ...disk, policy: {} as Policy }), "0000:63:00.0", { ids: "8086:2030", class: "060400", driver: "shpchp", group: 12 }), undefined],
  ["a bystander", () => addFunction(treeOf(disk), "0000:66:00.0", { ids: "8086:1521", class: "020000", driver: "vfio-pci", group: 12 }), undefined],
  ["a direct region", () => treeOf(disk).addText("/sys/kernel/iommu_groups/12/reserved_regions", "0x0000000000001000 0x0000000000001fff direct"), undefined],
  ["virtual functions", () => treeOf({ ...disk, card: { attributes: { sriov_totalvfs: "16", sriov_numvfs: "4" } } }), undefined],
  ["no reset", () => treeOf({ ...disk, card: { reset: "" } }), undefined],
  ["no node", () => treeOf({ ...disk, bound: false, card: { driver: "vfio-pci" } }), undefined],
  ["a dead card", () => treeOf(disk).addBytes(`/sys/bus/pci/devices/${gpu}/config`, new Uint8Array(4096).fill(0xff)), { trustLevel: "single-tenant" }],
  ["ATS", () => treeOf(disk).addBytes(`/sys/bus/pci/devices/${gpu}/config`, configSpace({ ats: true })), undefined],
  ["an override", () => treeOf(disk).addText("/proc/cmdline", "ro pcie_acs_override=downstream"), undefined],
  ["no remapping", () => treeOf(disk).addAnswer("interrupt-chips", "IO-APIC\nPCI-MSI"), undefined],
];
const all = [...allCases().flatMap(({ rule, cases }) => cases.map((one) => [`${rule}: ${one.name}`, () => treeOf(one), one.policy] as const)), ...more];
/** A card that is ready cannot become readier. */
const hosts = all.filter(([, build, policy]) => rank(factsOf(build()), policy) < readiness.ready);

describe("knowing less never makes a card readier", () => {
  test.each(hosts)("%s", (_, build, policy) => {
    const before = rank(factsOf(build()), policy);
    for (const path of paths(build())) {
      expect(rank(factsOf(hide(build(), path)), policy), `${path} may not be read`).toBeLessThanOrEqual(before);
    }
    for (const name of build().answers.keys()) {
      const tree = build();
      tree.answers.delete(name);
      expect(rank(factsOf(tree), policy), `${name} was not answered`).toBeLessThanOrEqual(before);
    }
  });

  test("nor when many things at once may not be read", () => {
    fc.assert(fc.property(fc.nat(hosts.length - 1), fc.array(fc.nat(), { minLength: 2, maxLength: 12 }), (at, picks) => {
      const [, build, policy] = hosts[at] ?? hosts[0]!;
      const tree = build();
      const all = paths(tree);
      const before = rank(factsOf(build()), policy);
      for (const pick of picks) hide(tree, all[pick % all.length] ?? "");
      expect(rank(factsOf(tree), policy)).toBeLessThanOrEqual(before);
    }), { numRuns: 300 });
  });

  test("nor when a reading becomes absent where absent has no meaning of its own", () => {
    for (const [name, build, policy] of hosts) {
      const facts = factsOf(build());
      const before = rank(facts, policy);
      for (const [what, less] of lessened(facts)) expect(rank(less, policy), `${name}: ${what}`).toBeLessThanOrEqual(before);
    }
  });
});

/** Of the fabric: that nobody asked, and each of its readings gone. */
function fabricLessened(facts: HostFacts, fabric: FabricFacts): (readonly [string, HostFacts])[] {
  const { fabric: _, ...without } = facts;
  const manager = (["running", "mode"] as const).map((field) => [`fabric manager ${field}`, { ...facts, fabric: { ...fabric, manager: { ...fabric.manager, [field]: unreadable("gone") } } }] as const);
  return [["fabric", without], ["fabric mode absent", { ...facts, fabric: { ...fabric, manager: { ...fabric.manager, mode: absent } } }], ["gim", { ...facts, fabric: { ...fabric, gimSharing: absent } }], ...manager];
}

/** Each fact without one reading. A driver that is absent is none, a parameter that is absent belongs to a module that is not loaded. */
function lessened(facts: HostFacts): (readonly [string, HostFacts])[] {
  const devices = facts.pciDevices.flatMap((device) => (["vendor", "device", "class", "config", "resetMethods"] as const).flatMap((field) =>
    [absent, unreadable("gone")].map((reading) => [`${device.address} ${field} ${reading.kind}`, { ...facts, pciDevices: facts.pciDevices.map((each) => (each === device ? { ...each, [field]: reading } : each)) }] as const)));
  const groups = facts.iommu.groups.map((group) => [`group ${group.number}`, { ...facts, iommu: { ...facts.iommu, groups: facts.iommu.groups.map((each) => (each === group ? { ...each, reservedRegions: absent } : each)) } }] as const);
  return [
    ...devices,
    ...groups,
    ["nodes", { ...facts, vfio: { ...facts.vfio, nodes: absent } }],
    ["command line", { ...facts, kernelCommandLine: { ...facts.kernelCommandLine, running: absent } }],
    ["release", { ...facts, system: { ...facts.system, kernelRelease: absent } }],
    ["remapping", { ...facts, iommu: { ...facts.iommu, interruptRemapping: "unknown" } }],
    ["state", { ...facts, iommu: { ...facts.iommu, state: "unknown" } }],
    ...(facts.fabric === undefined ? [] : fabricLessened(facts, facts.fabric)),
  ];
}
