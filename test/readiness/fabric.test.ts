import { describe, expect, test } from "vitest";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { cards } from "../../provider/readiness/card";
import { sharedSwitch } from "../../provider/readiness/boards";
import { fabricOf } from "../../provider/readiness/fabricFacts";
import { judge } from "../../provider/readiness/judge";
import { blockingLinks } from "../../provider/readiness/linkBlock";
import type { Policy } from "../../provider/readiness/rule";
import { aCard, addFunction, configSpace, factsOf, gpu } from "../facts/trees";

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
