import { describe, expect, test } from "vitest";
import { hostModel } from "../../provider/report/hostModel";
import type { ChangeModel, FunctionModel } from "../../provider/report/model";
import { picture, type Picture } from "../../provider/report/picture";
import { aCard, addFunction, configSpace, port, type ConfigOptions } from "../facts/trees";
import { bindable, eight, facts, modelOf, ready, shared, switchedOff, withBoot, without } from "./hosts";

const change = (tree: Parameters<typeof facts>[0], cards?: readonly string[]): ChangeModel => hostModel(facts(tree), { name: "hv", policy: { trustLevel: "multi-tenant" }, cards }).change;

describe("the planned change", () => {
  test("turns on an IOMMU that an argument keeps off, and binds the card with its companion", () => {
    const planned = change(switchedOff());
    expect(planned).toMatchObject({ cards: ["0000:65:00.0"], notPlanned: [], argumentsAdded: ["intel_iommu=on", "iommu=pt"], argumentsRemoved: ["intel_iommu=off"] });
    expect(planned.argumentsAfter).toMatch(/ ro quiet intel_iommu=on iommu=pt$/);
    expect(planned.drivers).toEqual([{ address: "0000:65:00.0", before: "nouveau", after: "vfio-pci" }, { address: "0000:65:00.1", before: "snd_hda_intel", after: "vfio-pci" }]);
    expect(planned.lines.map(({ target }) => target)).toEqual(expect.arrayContaining(["file /etc/default/grub.d/zz-gpuhost.cfg", "boot entries", "device 0000:65:00.0 (10de:2236)", "initramfs", "reboot for intel_iommu=on"]));
  });

  test("leaves kernel arguments alone where the IOMMU is on", () => {
    const planned = change(bindable());
    expect([planned.argumentsAdded, planned.argumentsRemoved, planned.argumentsAfter === planned.argumentsBefore]).toEqual([[], [], true]);
    expect(planned.drivers.map(({ before, after }) => `${before} ${after}`)).toEqual(["nvidia vfio-pci", "snd_hda_intel vfio-pci"]);
  });

  test("changes no driver of a card that has it, and keeps it for the boots to come", () => {
    const planned = change(ready());
    expect(planned.drivers.filter(({ before, after }) => before !== after)).toEqual([]);
    expect(planned.lines.map(({ target }) => target)).toContain("file /etc/gpuhost/vfio-binding.conf");
  });

  test("is for no card that a finding refuses whatever is bound, and says which", () => {
    expect(change(shared())).toMatchObject({ cards: [], drivers: [], lines: [], notPlanned: [{ cards: ["0000:01:00.0", "0000:03:00.0"] }] });
  });

  test("is for the cards that somebody names, and says why it would not be made", () => {
    const planned = change(shared(), ["0000:01:00.0"]);
    expect(planned.notPlanned).toEqual([{ cards: ["0000:01:00.0"], why: expect.stringContaining("0000:02:00.0") }]);
    expect(change(bindable(), ["0000:77:00.0"]).cards).toEqual([]);
  });

  test("shows no password of a command line", () => {
    const planned = change(withBoot(aCard(), "intel_iommu=on rd.iscsi.password=hush"));
    expect(planned.argumentsBefore).toContain("intel_iommu=on");
    expect(JSON.stringify(planned)).not.toContain("hush");
  });

  test("on a host without cards is nothing", () => {
    expect(change(without())).toMatchObject({ cards: [], notPlanned: [], drivers: [], lines: [] });
  });
});

describe("what a function is to the cards", () => {
  const roles = (tree: Parameters<typeof facts>[0]): Record<string, FunctionModel["role"]> => Object.fromEntries(modelOf(tree, "hv").functions.map(({ address, role }) => [address, role]));

  test("cards, a companion that another card has for a bystander, and a network card", () => {
    expect(roles(shared())).toMatchObject({ "0000:01:00.0": "card", "0000:01:00.1": "bystander", "0000:02:00.0": "bystander", "0000:03:00.0": "card", "0000:00:01.0": "bridge", "0000:00:1f.0": "other" });
  });

  test("companions and NVSwitches", () => {
    expect(roles(bindable())["0000:65:00.1"]).toBe("companion");
    expect(roles(eight())["0000:e3:00.0"]).toBe("nvswitch");
  });
});

describe("ACS of a port", () => {
  const says = (config: ConfigOptions | null, ids = "1000:c010", active = true): string | undefined => {
    const tree = aCard({});
    addFunction(tree, "0000:70:00.0", { ids, class: "060400", group: 30, config: config === null ? null : configSpace({ headerType: 1, ...config }) });
    if (!active) for (const name of ["/sys/class/iommu"]) tree.directories.set(name, new Set());
    return modelOf(tree, "hv").functions.find(({ address }) => address === "0000:70:00.0")?.acs?.says;
  };

  test.each<[string, ConfigOptions | null, string]>([
    ["all on", { pcieType: 6, acs: { capability: 0x5f, control: 0x1d } }, "ACS on"],
    ["what it cannot do does not count", { pcieType: 4, acs: { capability: 0x01, control: 0x01 } }, "ACS on"],
    ["redirects off", { pcieType: 6, acs: { capability: 0x1d, control: 0x11 } }, "ACS lacks request redirect, completion redirect"],
    ["all off", { pcieType: 6, acs: { capability: 0x1d, control: 0 } }, "ACS off"],
    ["no capability", { pcieType: 6 }, "no ACS capability"],
    ["the upper side of a switch", { pcieType: 5 }, "ACS not needed here"],
    ["a bridge to conventional PCI", { pcieType: 7 }, "no ACS on this bridge"],
    ["extended space was not read", { pcieType: 6, length: 256 }, "ACS not read"],
    ["nothing was read", null, "ACS not read"],
  ])("%s", (_, config, expected) => {
    expect(says(config)).toBe(expected);
  });

  test("a port that the kernel vouches for", () => {
    expect(says({ pcieType: 4 }, "8086:8c10")).toBe("no ACS, kernel quirk");
  });

  test("without IOMMU nobody has set it yet", () => {
    expect(modelOf(switchedOff(), "hv").functions.find(({ address }) => address === port)?.acs).toEqual({ state: "not judged", says: "ACS waits for the IOMMU" });
  });
});

describe("the picture", () => {
  const drawn = (tree: Parameters<typeof facts>[0]): Picture => picture(modelOf(tree, "hv"));
  const first = ({ boxes }: Picture): string[] => boxes.map(({ lines }) => lines[0]?.text ?? "");
  const linesOf = ({ boxes }: Picture, address: string): string[] => boxes.find(({ lines }) => lines[0]?.text === address)?.lines.map(({ text }) => text) ?? [];

  test("one box for the group, around bridges, cards and bystanders", () => {
    const found = drawn(shared());
    expect(found.groups.map(({ label, boxes }) => `${label}: ${boxes.length}`)).toEqual(["IOMMU group 1: 7"]);
    expect(linesOf(found, "0000:02:00.0")).toEqual(["0000:02:00.0", "network card 8086:1572", "BYSTANDER of 2 cards", "i40e"]);
    expect(linesOf(found, "0000:01:00.1")).toEqual(["0000:01:00.1", "audio 10de:10ef", "companion of the card", "BYSTANDER of 0000:03:00.0", "snd_hda_intel"]);
    expect(found.notDrawn).toBe(2);
  });

  test("a board with switches: every card below its own, virtual functions in one box, the fabric across", () => {
    const found = drawn(eight());
    expect(found.groups).toHaveLength(8);
    expect(first(found).filter((line) => line === "4 virtual")).toHaveLength(1);
    expect(first(found)).not.toContain("0000:15:00.1");
    const fabric = found.boxes.find(({ kind }) => kind === "fabric");
    expect(fabric?.lines.map(({ text }) => text)).toEqual(["NVLink", "joins 8 cards", "4 NVSwitches", "past the IOMMU"]);
    expect(found.edges.filter(({ to }) => to === fabric?.id)).toHaveLength(12);
    expect(linesOf(found, "0000:c2:01.0")).toContain("▲ ACS partly off");
    expect(linesOf(found, "0000:13:00.0")).toContain("nvidia → vfio-pci");
  });

  test("every function hangs below exactly one other, or below a root bus", () => {
    const found = drawn(eight());
    const tree = found.edges.filter(({ kind }) => kind === "pci").map(({ to }) => to);
    expect(tree.toSorted()).toEqual(found.boxes.filter(({ kind }) => kind !== "root" && kind !== "fabric").map(({ id }) => id).toSorted());
  });

  test("a long name is cut in the picture, and whole in the model", () => {
    const name = `driver-${"x".repeat(60)}`;
    const model = modelOf(aCard({ driver: name }), "hv");
    expect(model.functions.find(({ address }) => address === "0000:65:00.0")?.driver).toBe(name);
    expect(linesOf(picture(model), "0000:65:00.0").every((line) => line.length <= 30)).toBe(true);
  });

  test("nothing for a host without cards", () => {
    expect(drawn(without()).boxes).toEqual([]);
  });
});

test("what is said of several cards in the same words stands there once, the worst first", () => {
  const { findings } = modelOf(shared(), "hv");
  const keys = findings.map(({ severity, rule, says }) => `${severity} ${rule} ${says}`);
  expect(new Set(keys).size).toBe(keys.length);
  expect(findings.find(({ rule }) => rule === "host-critical-in-group")?.cards).toEqual(["0000:01:00.0", "0000:03:00.0"]);
  expect(findings.map(({ severity }) => ["refuse", "warn", "note"].indexOf(severity))).toEqual(findings.map(({ severity }) => ["refuse", "warn", "note"].indexOf(severity)).toSorted());
});
