import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { comparePciAddresses, parsePciAddress } from "../../provider/facts/pciAddress";
import { value } from "../../provider/facts/reading";
import { bridgeBuses, parseCreatableTypes, virtualFunctionAt } from "../../provider/facts/virtualFunctions";
import { addFunction, aHost, configSpace, factsOf } from "./trees";

const physical = "0000:41:00.0";
const sriov = { sriov_totalvfs: "16", sriov_numvfs: "2", sriov_offset: "4", sriov_stride: "1", sriov_vf_device: "2235", sriov_drivers_autoprobe: "1", ari_enabled: "1" };

function withFunctions() {
  const tree = addFunction(aHost(), physical, { ids: "10de:2235", driver: "nvidia", attributes: sriov, config: configSpace({}) });
  ["0000:41:00.4", "0000:41:00.5"].forEach((address, at) => {
    addFunction(tree, address, { ids: "10de:2235", driver: "nvidia", group: 40 + at });
    tree.addLink(`/sys/bus/pci/devices/${physical}/virtfn${at}`, `../${address}`).addLink(`/sys/bus/pci/devices/${address}/physfn`, `../${physical}`);
  });
  return tree;
}

describe("virtual functions as the kernel shows them", () => {
  it("are listed at their physical function, in its order, with what decides their addresses", () => {
    const device = factsOf(withFunctions()).pciDevices.find(({ address }) => address === physical);
    expect(device?.sriov).toEqual({ offset: value(4), stride: value(1), vfDevice: value("2235"), driversAutoprobe: value(true), functions: ["0000:41:00.4", "0000:41:00.5"] });
    expect(device?.ariEnabled).toEqual(value(true));
  });

  it("are nothing for a function that can have none, and fewer where a link is missing", () => {
    const tree = withFunctions();
    tree.links.delete(`/sys/bus/pci/devices/${physical}/virtfn1`);
    const facts = factsOf(tree);
    expect(facts.pciDevices.map(({ sriov: of }) => of?.functions)).toEqual([["0000:41:00.4"], undefined, undefined]);
  });

  it("carry NVIDIA's type, and a device of VFIO's whatever their driver is called", () => {
    const tree = withFunctions();
    const folder = "/sys/bus/pci/devices/0000:41:00.4";
    tree.addText(`${folder}/nvidia/current_vgpu_type`, "0").addText(`${folder}/nvidia/creatable_vgpu_types`, "ID    : vGPU Name\n557 : NVIDIA A40-1B\n558   : NVIDIA A40-2B").addPath(`${folder}/vfio-dev/vfio3`);
    const [first, second] = factsOf(tree).pciDevices.filter(({ address }) => address !== physical);
    expect(first?.vgpu).toEqual({ currentType: value(0), creatableTypes: value([{ id: 557, name: "NVIDIA A40-1B" }, { id: 558, name: "NVIDIA A40-2B" }]) });
    expect([first?.vfioDevice, second?.vfioDevice, second?.vgpu]).toEqual([true, undefined, undefined]);
  });

  it("read of the host which tools and files make them", () => {
    const tree = aHost();
    tree.addPath("/usr/lib/nvidia/sriov-manage").addPath("/etc/systemd/system").addText("/sys/module/vfio_pci/parameters/enable_sriov", "N");
    expect(factsOf(tree).virtualFunctions).toEqual({ atBoot: { kind: "absent" }, sriovManage: true, vfioEnablesSriov: value(false), systemd: true });
  });
});

describe("addresses by offset and stride", () => {
  it.each([
    ["an NVIDIA card behind ARI", "0000:41:00.0", 4, 1, ["0000:41:00.4", "0000:41:00.5", "0000:41:00.6", "0000:41:00.7", "0000:41:01.0"]],
    ["a network card with a stride of two", "0000:0c:00.0", 0x80, 2, ["0000:0c:10.0", "0000:0c:10.2", "0000:0c:10.4"]],
    ["a port that needs a bus of its own", "0000:0c:00.1", 0x100, 1, ["0000:0d:00.1", "0000:0d:00.2"]],
  ])("of %s", (_, address, offset, stride, expected) => {
    expect(expected.map((__, at) => virtualFunctionAt(address, offset, stride, at))).toEqual(expected);
  });

  it("rise, each is an address, and those of the last bus end there", () => {
    fc.assert(fc.property(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 1, max: 0xffff }), fc.integer({ min: 1, max: 256 }), fc.integer({ min: 0, max: 300 }), (bus, offset, stride, at) => {
      const from = `0000:${bus.toString(16).padStart(2, "0")}:00.0`;
      const [one, next] = [virtualFunctionAt(from, offset, stride, at), virtualFunctionAt(from, offset, stride, at + 1)];
      if (next === undefined) return;
      expect(one).toBeDefined();
      expect(comparePciAddresses(one ?? "", next)).toBeLessThan(0);
      const read = parsePciAddress(next);
      expect(((read?.bus ?? 0) << 8) + ((read?.device ?? 0) << 3) + (read?.function ?? 0)).toBe((bus << 8) + offset + stride * (at + 1));
    }));
  });
});

describe("what is parsed of other files", () => {
  it("takes numbered lines of a list of types and passes over the rest", () => {
    fc.assert(fc.property(fc.array(fc.tuple(fc.integer({ min: 1, max: 99999 }), fc.stringMatching(/^NVIDIA [A-Z0-9][A-Z0-9-]{0,10}$/))), fc.array(fc.constantFrom("ID : vGPU Name", "", "none")), (types, noise) => {
      const text = [...noise, ...types.map(([id, name]) => `${id}  : ${name}`)].join("\n");
      expect(parseCreatableTypes(text)).toEqual(types.map(([id, name]) => ({ id, name })));
    }));
  });

  it("knows the buses of a bridge, and that an endpoint has none", () => {
    const bridge = Buffer.alloc(64);
    bridge[0x0e] = 0x81;
    bridge.writeUInt8(0x41, 0x19);
    bridge.writeUInt8(0x44, 0x1a);
    expect(bridgeBuses(value(bridge))).toEqual(value({ secondary: 0x41, subordinate: 0x44 }));
    expect(bridgeBuses(value(Buffer.alloc(64)))).toEqual({ kind: "absent" });
    expect(bridgeBuses(value(bridge.subarray(0, 0x19))).kind).toBe("unreadable");
  });
});
