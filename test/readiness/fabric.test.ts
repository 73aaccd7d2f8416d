import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { cards } from "../../provider/readiness/card";
import { sharedSwitch } from "../../provider/readiness/boards";
import { fabricOf, type FabricOfCard } from "../../provider/readiness/fabricFacts";
import { judge } from "../../provider/readiness/judge";
import { blockingLinks } from "../../provider/readiness/linkBlock";
import type { Policy } from "../../provider/readiness/rule";
import { aCard, addFunction, configSpace, factsOf, gpu } from "../facts/trees";
import { hide } from "./cases";

const peer = "0000:66:00.0";
const day = "2026-11-21";

function two(ids: string, change: (tree: TreeSnapshot) => void = () => undefined): TreeSnapshot {
  const tree = addFunction(aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { ids } }), peer, { ids, group: 13, driver: "vfio-pci" }).addPath("/dev/vfio/12");
  change(tree);
  return tree;
}

describe("an exception for shared-fabric", () => {
  const policy: Policy = { trustLevel: "multi-tenant", reviewed: { exceptions: [{ host: "hv1", address: peer, rule: "shared-fabric", reason: "links are blocked before every guest", owner: "alice", expires: day }] } };
  const of = (tree: TreeSnapshot): string => {
    const card = judge({ ...factsOf(tree), readOn: day }, policy).gpus.find(({ address }) => address === gpu);
    return `${card?.verdict} ${card?.findings.find(({ rule }) => rule === "shared-fabric")?.severity}`;
  };

  test("lets pass what was read, with who answers for it", () => {
    expect(of(two("10de:2330", (tree) => void tree.addAnswer("fabric-manager", "read")))).toBe("ready warn");
    expect(of(two("10de:1db1", (tree) => void tree.addAnswer("link-blockers", "read")))).toBe("ready warn");
  });

  test("is no answer to what could not be read", () => {
    expect(of(two("10de:2330"))).toBe("unknown warn");
    expect(of(two("10de:2330", (tree) => void tree.addAnswer("fabric-manager", "read").addFailure("/usr/share/nvidia/nvswitch/fabricmanager.cfg", "Permission denied")))).toBe("unknown warn");
  });
});

describe("links: what blocks them, and which reset undoes it", () => {
  const facts = (ids: string, reset?: string) => factsOf(aCard({ gpu: { ids, ...(reset === undefined ? {} : { reset }) } })).pciDevices.find(({ address }) => address === gpu);
  test.each([
    ["10de:1db1", false, /until a secondary bus reset; a function level reset changes nothing/],
    ["10de:15f9", false, /until a secondary bus reset/],
    ["10de:20b2", true, /until a secondary bus reset; a function level reset leaves it/],
    ["10de:2235", false, /No tool of NVIDIA's is known/],
    ["10de:2330", true, /a function level reset ends a block/],
    ["10de:2901", true, /a function level reset ends a block/],
    ["1002:74a1", false, /this vendor's cards/],
  ])("%s", (ids, blockable, until) => {
    const device = facts(ids);
    const block = device === undefined ? undefined : blockingLinks(device);
    expect(block?.by !== undefined).toBe(blockable);
    expect(block?.until).toMatch(until);
  });

  test("each generation begins with its first id and ends before the next one's", () => {
    const of = (id: number): string => {
      const device = facts(`10de:${id.toString(16).padStart(4, "0")}`);
      const { by, until } = device === undefined ? { by: undefined, until: "" } : blockingLinks(device);
      return `${by === undefined ? "" : "blocked by a tool. "}${until}`;
    };
    const generations = [
      { from: 0x0000, to: 0x1fff, says: /^No tool .*\(Pascal, Volta\)/ }, { from: 0x2000, to: 0x20ff, says: /^blocked by a tool\. .*\(GA100\)/ },
      { from: 0x2100, to: 0x22ff, says: /^No tool .*\(GA10x\)/ }, { from: 0x2300, to: 0xffff, says: /^blocked by a tool\. .*\(Hopper\)/ },
    ];
    for (const { from, to, says } of generations) {
      for (const id of [from, to]) expect(of(id)).toMatch(says);
      fc.assert(fc.property(fc.integer({ min: from, max: to }), (id) => void expect(of(id)).toMatch(says)), { numRuns: 20 });
    }
  });

  test("an id that was not read is of no generation", () => {
    const device = factsOf(hide(aCard(), `/sys/bus/pci/devices/${gpu}/device`)).pciDevices.find(({ address }) => address === gpu);
    expect(device === undefined ? {} : blockingLinks(device)).toEqual({ by: undefined, until: "Its generation is not known, so neither is what blocks its links." });
  });

  test("what the kernel would do to this card is said with it", () => {
    const [byBus, byFunction] = [facts("10de:20b2", "bus"), facts("10de:20b2", "flr bus")];
    expect(byBus === undefined ? "" : blockingLinks(byBus).until).toMatch(/resets this card by its bus, which ends it\.$/);
    expect(byFunction === undefined ? "" : blockingLinks(byFunction).until).toMatch(/at function level first\.$/);
  });
});

test("cards below one PCIe switch: any in common counts, a root port does not, and a port that was not read does not", () => {
  const ports = (upstream: Uint8Array): TreeSnapshot => {
    const tree = two("10de:20b5");
    addFunction(tree, "0000:60:00.0", { ids: "8086:2030", class: "060400", config: configSpace({ pcieType: 4, headerType: 1 }) });
    addFunction(tree, "0000:61:00.0", { ids: "10b5:8747", class: "060400", config: upstream });
    for (const address of [gpu, peer]) addFunction(tree, address, { above: ["0000:60:00.0", "0000:61:00.0"] });
    return tree;
  };
  const near = (tree: TreeSnapshot): readonly string[] => {
    const { pciDevices, ...rest } = factsOf(tree);
    const [own, other] = [gpu, peer].map((address) => pciDevices.find((device) => device.address === address));
    return own === undefined || other === undefined ? ["?"] : sharedSwitch(own, [other], { ...rest, pciDevices });
  };
  expect(near(ports(configSpace({ pcieType: 5, headerType: 1 })))).toEqual([peer]);
  expect(near(ports(configSpace({ pcieType: 6, headerType: 1 })))).toEqual([]);
  expect(near(two("10de:20b5"))).toEqual([]);
});

describe("the fabric of a card", () => {
  const multi: Policy = { trustLevel: "multi-tenant" };
  const of = (tree: TreeSnapshot, asked: boolean): FabricOfCard | undefined => {
    const { fabric, ...rest } = factsOf(tree);
    const facts = asked && fabric !== undefined ? { ...rest, fabric } : rest;
    const card = cards(facts).find(({ device }) => device.address === gpu);
    return card === undefined ? undefined : fabricOf(card, facts, multi);
  };

  test("is none where nobody else is on it", () => {
    expect(of(aCard({ gpu: { ids: "10de:2330" } }), true)).toBeUndefined();
  });

  test("was not read where nobody asked: switches, blocked links, and what AMD's host driver shares", () => {
    const blockers = (tree: TreeSnapshot): void => void tree.addAnswer("fabric-manager", "read").addAnswer("link-blockers", "read\nfile /etc/rc.local");
    const virtual = (tree: TreeSnapshot): void => {
      addFunction(tree, "0000:67:00.0", { ids: "1002:74a1", driver: "gim" }).addText("/sys/module/gim/parameters/fb_sharing_mode", "1").addLink(`/sys/bus/pci/devices/${gpu}/physfn`, "../0000:67:00.0");
    };
    expect([true, false].map((asked) => of(two("10de:2330", blockers), asked)?.state)).toEqual(["unmanaged", "unread"]);
    expect([true, false].map((asked) => of(two("10de:1db1", blockers), asked)?.state)).toEqual(["wired", "unread"]);
    expect([true, false].map((asked) => of(two("1002:74a1", virtual), asked)?.state)).toEqual(["partitioned", "unread"]);
  });

  test("what is said of it names no file then, and no fabric manager", () => {
    for (const [ids, others] of [["10de:2330", [{ ids: "10de:22a3", class: "068000" }]], ["10de:1db1", []]] as const) {
      const { fabric: _, ...facts } = factsOf(two(ids, (tree) => others.forEach((each, at) => void addFunction(tree, `0000:05:00.${at}`, each))));
      const { gpus, findings } = judge(facts, multi);
      const shared = gpus[0]?.findings.find(({ rule }) => rule === "shared-fabric");
      expect(shared?.says).toMatch(/and whether partitions are used or links are blocked could not be read: a guest of one card reaches the others past the IOMMU unless its links are blocked, which nothing on a host shows\.$/);
      expect(findings.filter(({ rule }) => rule === "nvswitch-fabric").map(({ says }) => says)).toEqual(others.map(() => "The host has NVSwitches: which cards a guest may have together follows the fabric manager's partitions."));
    }
  });
});

test("of a virtual function whose card was not read the model is not known, and no fabric is asked about", () => {
  const tree = two("10de:2330", (all) => void hide(all, `/sys/bus/pci/devices/${peer}/device`).addLink(`/sys/bus/pci/devices/${gpu}/physfn`, "../0000:69:00.0"));
  const says = judge(factsOf(tree)).gpus.find(({ address }) => address === gpu)?.findings.find(({ rule }) => rule === "not-read")?.says;
  expect(says).toBe("Not proven, since it could not be read: which model it is.");
});

test("peers of a virtual function are the other cards, never its own", () => {
  const tree = two("1002:74a1", (all) => {
    addFunction(all, "0000:67:00.0", { ids: "1002:74a1", driver: "gim" });
    addFunction(all, gpu, { ids: "1002:74b5" }).addLink(`/sys/bus/pci/devices/${gpu}/physfn`, "../0000:67:00.0");
  });
  const facts = factsOf(tree);
  const card = cards(facts).find(({ device }) => device.address === gpu);
  const fabric = card === undefined ? undefined : fabricOf(card, facts, { trustLevel: "multi-tenant" });
  expect(fabric?.peers.map(({ address }) => address)).toEqual([peer]);
});
