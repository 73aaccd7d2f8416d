import { rmSync } from "node:fs";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { MdevDevice, MdevType } from "../../provider/facts/hostFacts";
import { absent, known, unreadable, value } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { aCard, aHost, addFunction, factsOf, gpu, writeTree } from "./trees";

const bus = "/sys/class/mdev_bus";
const uuid = "4b20d080-1b54-4048-85b3-a6a62d165c01";

interface TypeOptions {
  readonly name?: string;
  readonly description?: string;
  readonly api?: string;
  readonly available?: string;
  readonly devices?: readonly string[];
}

/** A parent where the kernel has it; `place` is its path below /sys/devices. */
function addParent(tree: TreeSnapshot, place: string, types: Readonly<Record<string, TypeOptions>>): TreeSnapshot {
  const name = place.slice(place.lastIndexOf("/") + 1);
  tree.addLink(`${bus}/${name}`, `../../devices/${place}`).addDirectory("/sys/bus/mdev/devices");
  for (const [id, { name: called = id, description, api = "vfio-pci", available = "1", devices = [] }] of Object.entries(types)) {
    const path = `${bus}/${name}/mdev_supported_types/${id}`;
    tree.addText(`${path}/name`, called).addText(`${path}/device_api`, api).addText(`${path}/available_instances`, available).addDirectory(`${path}/devices`);
    if (description !== undefined) tree.addText(`${path}/description`, description);
    for (const device of devices) {
      const at = `/sys/bus/mdev/devices/${device}`;
      tree.addPath(`${path}/devices/${device}`).addLink(at, `../../../devices/${place}/${device}`).addLink(`${at}/mdev_type`, `../mdev_supported_types/${id}`)
        .addLink(`${at}/iommu_group`, "../../../../kernel/iommu_groups/7").addLink(`${at}/driver`, "../../../../bus/mdev/drivers/mtty");
    }
  }
  return tree;
}

const mtty = (options: TypeOptions = {}): TreeSnapshot => addParent(aHost().addAnswer("holders", ""), "virtual/mtty/mtty", { "mtty-1": { name: "Single port serial", available: "24", ...options } });
const typeOf = (tree: TreeSnapshot): MdevType | undefined => known(known(factsOf(tree).mdev?.parents ?? absent)?.[0]?.types ?? absent)?.[0];
const deviceOf = (tree: TreeSnapshot): MdevDevice | undefined => known(factsOf(tree).mdev?.devices ?? absent)?.[0];

describe("parents and their types", () => {
  test("a parent that is no PCI function, and one that is", () => {
    const tree = addParent(mtty(), `pci0000:64/0000:64:00.0/${gpu}`, { "nvidia-35": { name: "GRID M60-0B", description: "num_heads=2, max_instance=16", available: "16" } });
    expect(known(factsOf(tree).mdev?.parents ?? absent)).toEqual([
      { name: gpu, address: value(gpu), place: value(`pci0000:64/0000:64:00.0/${gpu}`), types: value([{ id: "nvidia-35", name: value("GRID M60-0B"), description: value("num_heads=2, max_instance=16"), deviceApi: value("vfio-pci"), availableInstances: value(16), devices: value([]) }]) },
      { name: "mtty", address: absent, place: value("virtual/mtty/mtty"), types: value([{ id: "mtty-1", name: value("Single port serial"), description: absent, deviceApi: value("vfio-pci"), availableInstances: value(24), devices: value([]) }]) },
    ]);
  });

  test("no module, a module without parents, and a directory that may not be read are three answers", () => {
    expect(factsOf(aHost()).mdev?.parents).toEqual(absent);
    expect(factsOf(aHost().addDirectory(bus)).mdev?.parents).toEqual(value([]));
    expect(factsOf(aHost().addFailure(bus, "Permission denied")).mdev?.parents).toEqual(unreadable("Permission denied"));
  });

  test("a recording from before this was read shows the directory and nothing in it: not read, and not empty", () => {
    expect(factsOf(aHost().addPath("/sys/class/mdev_bus")).mdev?.parents.kind).toBe("unreadable");
  });

  test("none available, no such attribute and one that may not be read are three answers", () => {
    expect(typeOf(mtty({ available: "0" }))?.availableInstances).toEqual(value(0));
    const path = `${bus}/mtty/mdev_supported_types/mtty-1/available_instances`;
    const gone = mtty();
    gone.texts.delete(path);
    expect(typeOf(gone)?.availableInstances).toEqual(absent);
    expect(typeOf(gone.addFailure(path, "Input/output error"))?.availableInstances).toEqual(unreadable("Input/output error"));
  });

  test("types that may not be listed are not no types", () => {
    const tree = aHost().addLink(`${bus}/mtty`, "../../devices/virtual/mtty/mtty").addFailure(`${bus}/mtty/mdev_supported_types`, "Permission denied");
    expect(known(factsOf(tree).mdev?.parents ?? absent)?.[0]?.types).toEqual(unreadable("Permission denied"));
  });

  test("what is no number and no UUID fails with its path", () => {
    expect(() => factsOf(mtty({ available: "many" }))).toThrow(/available_instances.*many/);
    expect(() => factsOf(mtty().addLink("/sys/bus/mdev/devices/first", "../x"))).toThrow(/mdev\/devices.*first/);
  });
});

describe("mediated devices", () => {
  test("parent, type, group and driver; nobody has it", () => {
    expect(deviceOf(mtty({ devices: [uuid] }))).toEqual({ uuid, parent: value("mtty"), type: value("mtty-1"), iommuGroup: value(7), driver: value("mtty"), holders: value([]) });
    expect(typeOf(mtty({ devices: [uuid] }))?.devices).toEqual(value([uuid]));
  });

  test("without a group no guest can have it; group 0 is a group", () => {
    const at = `/sys/bus/mdev/devices/${uuid}/iommu_group`;
    const without = mtty({ devices: [uuid] });
    without.links.delete(at);
    expect(deviceOf(without)?.iommuGroup).toEqual(absent);
    expect(deviceOf(mtty({ devices: [uuid] }).addLink(at, "../../../../kernel/iommu_groups/0"))?.iommuGroup).toEqual(value(0));
  });

  test("a guest that says so has it, by its arguments or by libvirt; a process that has the group open has it too", () => {
    const held = (change: (tree: TreeSnapshot) => TreeSnapshot): unknown => deviceOf(change(mtty({ devices: [uuid] })))?.holders;
    expect(held((tree) => tree.addAnswer("guests", `guest\nname guest=instance-1\ndevice vfio-pci,sysfsdev=/sys/bus/mdev/devices/${uuid},id=hostdev0`))).toEqual(value(["guest instance-1"]));
    expect(held((tree) => tree.addAnswer("guests", `guest\nname guest=instance-2\ndevice {"driver":"vfio-pci","sysfsdev":"/sys/bus/mdev/devices/${uuid}"}`))).toEqual(value(["guest instance-2"]));
    expect(held((tree) => tree.addAnswer("domains", `guest\n  <name>instance-3</name>\n  <address uuid='${uuid}'/>`))).toEqual(value(["guest instance-3"]));
    expect(held((tree) => tree.addAnswer("holders", "/dev/vfio/7 qemu-system-x86\n/dev/vfio/70 other"))).toEqual(value(["qemu-system-x86"]));
    const cdev = (tree: TreeSnapshot): TreeSnapshot => tree.addPath(`/sys/bus/mdev/devices/${uuid}/vfio-dev/vfio2`).addAnswer("holders", "/dev/vfio/devices/vfio2 dpdk\n/dev/vfio/devices/vfio20 other");
    expect(held(cdev)).toEqual(value(["dpdk"]));
    expect(held((tree) => tree.addAnswer("user-id", "1000"))).toMatchObject({ kind: "unreadable" });
  });

  test("the path through the parent does not make the guest hold the parent, but the parent is in use", () => {
    const tree = addParent(aCard().addAnswer("holders", ""), `pci0000:64/0000:64:00.0/${gpu}`, { "nvidia-35": { devices: [uuid] } });
    const facts = factsOf(tree.addAnswer("guests", `guest\nname guest=a\ndevice vfio-pci,sysfsdev=/sys/devices/pci0000:64/0000:64:00.0/${gpu}/${uuid}`));
    expect(known(facts.guests)).toEqual([{ name: "a", uuid: "", devices: [], mdevs: [uuid] }]);
    expect(facts.uses).toEqual([{ address: gpu, kind: "guest", critical: true, says: `guest a has the mediated device ${uuid} of it`, reason: `mdev:${uuid}` }]);
  });
});

test("what we made, by our journal; half an entry is none", () => {
  const tree = mtty().addPath("/var/lib/gpuhost/mdevs/4b20d080-1b54-4048-85b3-a6a62d165c02/owner");
  for (const [field, text] of Object.entries({ owner: "MediatedDevices", parent: "mtty", type: "mtty-1" })) tree.addText(`/var/lib/gpuhost/mdevs/${uuid}/${field}`, text);
  expect(factsOf(tree).mdev?.ours).toEqual([{ uuid, owner: "MediatedDevices", parent: "mtty", type: "mtty-1" }]);
});

test("functions with vendor-specific VFIO, and GVT-g", () => {
  expect(factsOf(addFunction(aHost(), gpu).addPath(`/sys/bus/pci/devices/${gpu}/nvidia/creatable_vgpu_types`)).mdev?.vendorVfio).toEqual([gpu]);
  expect(factsOf(aHost().addText("/sys/module/i915/parameters/enable_gvt", "N")).mdev?.gvt).toEqual(value(false));
  expect(factsOf(aHost()).mdev?.gvt).toEqual(absent);
});

const lines = fc.string({ unit: fc.constantFrom(..."abcXYZ019 -_=,.\n") });

test("the reading script says the same of a recorded tree as the tree itself", async () => {
  await fc.assert(fc.asyncProperty(fc.uniqueArray(fc.constantFrom("mtty-1", "mtty-2", "i915-GVTg_V5_4"), { minLength: 1 }), lines, fc.nat(99), fc.boolean(), async (ids, description, available, made) => {
    // A recording gives guests' devices other UUIDs than they had.
    const own = "00000000-0000-4000-8000-000000000001";
    const types = Object.fromEntries(ids.map((id, at): [string, TypeOptions] => [id, { description, available: String(available), devices: made && at === 0 ? [own] : [] }]));
    const tree = addParent(aHost().addAnswer("holders", ""), "virtual/mtty/mtty", types);
    const root = writeTree(tree);
    try {
      expect((await observe(localShell("the tree", "sh"), { GPUHOST_ROOT: root })).mdev).toEqual(factsOf(tree).mdev);
    } finally {
      rmSync(root, { recursive: true });
    }
  }), { numRuns: 5 });
});
