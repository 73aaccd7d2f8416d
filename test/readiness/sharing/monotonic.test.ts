import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { absent, unreadable } from "../../../provider/facts/reading";
import type { TreeSnapshot } from "../../../provider/facts/treeSnapshot";
import type { Policy } from "../../../provider/readiness/rule";
import type { ModeState } from "../../../provider/readiness/sharing/mode";
import { factsOf } from "../../facts/trees";
import { hide } from "../cases";
import { allCases, sharingOf, treeOf } from "./cases";

/** Impossible and unknown are both no; knowing less may turn one into the other, and never into more. */
const possible: Readonly<Record<ModeState, number>> = { impossible: 0, unknown: 0, after: 1, now: 2 };

/** By GPU and mode, and by part and context. */
function ranks(facts: HostFacts, policy: Policy | undefined): Map<string, number> {
  const report = sharingOf(facts, policy);
  return new Map([
    ...[...report.cards].flatMap(([name, modes]) => modes.map(({ mode, state }) => [`${name} ${mode}`, possible[state]] as const)),
    ...report.platformGpus.flatMap(({ name, modes }) => modes.map(({ mode, state }) => [`${name} ${mode}`, possible[state]] as const)),
    ...report.paravirtual.contexts.flatMap((of) => (["qemu", "libvirt", "nova"] as const).map((part) => [`${part} ${of.context}`, possible[of[part].state]] as const)),
  ]);
}

/** What of `less` is more possible than it was; a GPU that is no longer seen is said nothing of. */
function risen(before: ReadonlyMap<string, number>, less: ReadonlyMap<string, number>): string[] {
  return [...less].flatMap(([name, rank]) => (rank > (before.get(name) ?? 0) ? [name] : []));
}

function paths(tree: TreeSnapshot): string[] {
  return [...new Set([...tree.texts.keys(), ...tree.binaries.keys(), ...tree.links.keys(), ...tree.directories.keys()])].filter((path) => path.split("/").length > 2).sort();
}

describe("knowing less never makes a way of sharing more possible", () => {
  test.each(allCases())("%s", (_, one) => {
    const before = ranks(factsOf(treeOf(one)), one.policy);
    for (const path of paths(treeOf(one))) expect(risen(before, ranks(factsOf(hide(treeOf(one), path)), one.policy)), `${path} may not be read`).toEqual([]);
    for (const name of treeOf(one).answers.keys()) {
      const tree = treeOf(one);
      tree.answers.delete(name);
      expect(risen(before, ranks(factsOf(tree), one.policy)), `${name} was not answered`).toEqual([]);
    }
  });

  test("nor when many things at once may not be read", () => {
    const cases = allCases();
    fc.assert(fc.property(fc.nat(cases.length - 1), fc.array(fc.nat(), { minLength: 2, maxLength: 12 }), (at, picks) => {
      const one = cases[at]?.[1];
      if (one === undefined) throw new Error("no such case");
      const tree = treeOf(one);
      const all = paths(tree);
      for (const pick of picks) hide(tree, all[pick % all.length] ?? "");
      expect(risen(ranks(factsOf(treeOf(one)), one.policy), ranks(factsOf(tree), one.policy))).toEqual([]);
    }), { numRuns: 300 });
  });

  test("nor when a reading is missing where missing has no meaning of its own", () => {
    for (const [name, one] of allCases()) {
      const facts = factsOf(treeOf(one));
      const before = ranks(facts, one.policy);
      for (const [what, less] of lessened(facts)) expect(risen(before, ranks(less, one.policy)), `${name}: ${what}`).toEqual([]);
    }
  });
});

/** Each fact of sharing without one reading. */
function lessened(facts: HostFacts): (readonly [string, HostFacts])[] {
  const devices = facts.pciDevices.flatMap((device) => (["vendor", "device", "config", "totalVfs", "numVfs"] as const).filter((field) => device[field].kind === "value").flatMap((field) =>
    [absent, unreadable("gone")].map((reading) => [`${device.address} ${field} ${reading.kind}`, { ...facts, pciDevices: facts.pciDevices.map((each) => (each === device ? { ...each, [field]: reading } : each)) }] as const)));
  const { graphics, mdev } = facts;
  const drawn = graphics === undefined ? [] : (["emulators", "modules", "qemu", "libvirt", "virglrenderer", "renderNodes", "platformGpus"] as const).map((field) => [field, { ...facts, graphics: { ...graphics, [field]: unreadable("gone") } }] as const);
  const { graphics: _, ...withoutGraphics } = facts;
  const { mdev: __, ...withoutMdev } = facts;
  return [
    ...devices,
    ...drawn,
    ["no graphics", withoutGraphics],
    ["no mediated devices", withoutMdev],
    ...(mdev === undefined ? [] : [["parents", { ...facts, mdev: { ...mdev, parents: unreadable("gone") } }] as const]),
    ["release", { ...facts, system: { ...facts.system, kernelRelease: absent } }],
    ["state", { ...facts, iommu: { ...facts.iommu, state: "unknown" } }],
  ];
}
