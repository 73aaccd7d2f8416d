import { describe, expect, test } from "vitest";
import { described, isGivenByVfio, isVfioDriver } from "../../provider/readiness/card";
import { isQuirkedPort } from "../../provider/readiness/isolatingPorts";
import { isNvSwitch } from "../../provider/readiness/knownDevices";
import { kernelAtLeast } from "../../provider/readiness/kernelRelease";
import { judge } from "../../provider/readiness/judge";
import { aCard, addFunction, audio, factsOf, gpu, type FunctionOptions } from "../facts/trees";
import { hide } from "./cases";

const other = "0000:66:00.0";

function text(options: FunctionOptions, ...hidden: readonly string[]): string {
  const tree = addFunction(aCard(), other, options);
  for (const name of hidden) hide(tree, `/sys/bus/pci/devices/${other}/${name}`);
  const device = factsOf(tree).pciDevices.find(({ address }) => address === other);
  return device === undefined ? "" : described(device);
}

describe("described", () => {
  test.each([
    ["010601", "SATA controller"], ["010802", "NVMe disk"], ["010400", "storage controller"], ["020000", "network card"], ["030000", "GPU"], ["120000", "GPU"],
    ["040300", "audio"], ["048000", "multimedia"], ["068000", "bridge or switch"], ["0c0330", "USB controller"], ["0c8000", "serial bus"],
  ])("class %s is a %s", (of, kind) => {
    expect(text({ class: of })).toBe(`${other} (${kind}, 10de:20b5)`);
  });

  test("a class counts from its beginning", () => {
    expect(text({ class: "080103" })).toBe(`${other} (10de:20b5)`);
  });

  test("as far as it was read", () => {
    expect(text({ driver: "igb", class: "020000" })).toBe(`${other} (network card, 10de:20b5, igb)`);
    expect(text({ driver: "igb" }, "class", "device")).toBe(`${other} (igb)`);
    expect(text({ driver: "igb" }, "class", "vendor")).toBe(`${other} (igb)`);
    expect(text({}, "class", "vendor")).toBe(other);
  });
});

test.each([
  ["vfio-pci", true], ["nvgrace-gpu-vfio-pci", true], ["mlx5_vfio_pci", true], ["vfio_pci", true], ["vfio-pci-core", false], ["novfio-pci", false], ["vfio", false], [undefined, false],
] as const)("%s is a vfio driver: %s", (driver, is) => {
  expect(isVfioDriver(driver)).toBe(is);
});

test.each([
  ["1a03:2000", false], ["1a03:1150", false], ["102b:0536", false], ["19e5:1711", false], ["18ca:0020", false], ["18ca:0021", false], ["18ca:0027", false], ["126f:0750", false],
  ["1002:515e", false], ["1002:515f", true], ["18ca:0030", true],
] as const)("a display %s is a GPU: %s", (ids, is) => {
  expect(judge(factsOf(addFunction(aCard(), other, { ids, class: "030000" }))).gpus.some(({ address }) => address === other)).toBe(is);
});

test.each([
  ["10de:1ac1", "068000", true], ["10de:1ac2", "068000", true], ["10de:1af1", "068000", true], ["10de:22a3", "068000", true], ["10de:22a3", "060400", false], ["10de:20b5", "068000", false], ["8086:22a3", "068000", false],
] as const)("%s of class %s is an NVSwitch: %s", (ids, of, is) => {
  expect(factsOf(addFunction(aCard(), other, { ids, class: of })).pciDevices.some(isNvSwitch)).toBe(is);
});

test.each([
  ["6.1.0-30-amd64", true], ["5.19", true], ["10.2.0", true], ["5.100.1", true], ["5.18.19", false], ["4.20.1", false], ["linux 6.1", undefined], ["6", undefined], ["", undefined],
] as const)("kernel %s is 5.19 or later: %s", (release, is) => {
  expect(kernelAtLeast(factsOf(aCard().addText("/proc/sys/kernel/osrelease", release)), 5, 19)).toBe(is);
});

test.each([
  ["8086:3b42", true], ["8086:3b51", true], ["8086:3b41", false], ["8086:3b52", false], ["8086:1d14", true], ["8086:1d15", false], ["8086:8c9e", true],
  ["1957:8db9", true], ["17cb:0115", true], ["8086:0115", false], ["10b5:8747", false],
] as const)("the kernel vouches for a port %s: %s", (ids, does) => {
  const port = factsOf(addFunction(aCard(), other, { ids, class: "060400" })).pciDevices.find(({ address }) => address === other);
  expect(port === undefined ? undefined : isQuirkedPort(port)).toBe(does);
});

test("the kernel vouches for no port whose ids were not read", () => {
  for (const name of ["vendor", "device"]) {
    const tree = hide(addFunction(aCard(), other, { ids: "17cb:0401", class: "060400" }), `/sys/bus/pci/devices/${other}/${name}`);
    expect(factsOf(tree).pciDevices.filter(isQuirkedPort)).toEqual([]);
  }
});

test("a virtual function is a card without companions, whatever is in its slot, and no companion of the physical one", () => {
  const virtual = "0000:65:00.4";
  const tree = addFunction(aCard(), virtual, { group: 13 }).addLink(`/sys/bus/pci/devices/${virtual}/physfn`, `../${gpu}`);
  const report = judge(factsOf(tree));
  expect(report.gpus.map(({ address, companions, bystanders }) => [address, companions, bystanders])).toEqual([[gpu, [audio], []], [virtual, [], []]]);
});

test("a vendor's driver offers a virtual function through VFIO, and nothing else", () => {
  const virtual = "0000:65:00.4";
  const tree = addFunction(aCard({ driver: "nvidia" }), virtual, { driver: "nvidia" }).addLink(`/sys/bus/pci/devices/${virtual}/physfn`, `../${gpu}`);
  const given = (address: string, vfioDevice: boolean): boolean[] => factsOf(tree).pciDevices.filter((device) => device.address === address).map((device) => isGivenByVfio(vfioDevice ? { ...device, vfioDevice } : device));
  expect([given(virtual, true), given(virtual, false), given(gpu, true), given(gpu, false)]).toEqual([[true], [false], [false], [false]]);
});

test("a virtual function that is no GPU is a card where somebody names it, and another function is none", () => {
  const virtual = "0000:66:00.4";
  const tree = addFunction(addFunction(aCard(), other, { ids: "8086:1521", class: "020000" }), virtual, { ids: "8086:1520", class: "020000" }).addLink(`/sys/bus/pci/devices/${virtual}/physfn`, `../${other}`);
  const cards = (...named: string[]): string[] => judge(factsOf(tree), { trustLevel: "multi-tenant" }, named).gpus.map(({ address }) => address);
  expect([cards(), cards(virtual), cards(other)]).toEqual([[gpu], [gpu, virtual], [gpu]]);
});

test("a report has the bystanders of a card by their addresses", () => {
  const [card] = judge(factsOf(addFunction(aCard(), other, { ids: "8086:1521", class: "020000", group: 12 }))).gpus;
  expect(card?.bystanders).toEqual([other]);
});
