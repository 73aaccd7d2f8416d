import { lstatSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { hostFacts } from "../../provider/facts/assemble";
import { absent, known } from "../../provider/facts/reading";
import { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { localShell } from "../../provider/host/localShell";
import { readSnapshot } from "../../provider/host/observe";
import { Fleet } from "../beds/simulated/fleet";
import { disk, endpoint, graphicsCard, machine, networkCard, rootPort, sharedCard, vgpuCard } from "../beds/simulated/machine";

/** Reads a tree file by file, without the script: what lies in sysfs, each attribute by its own name. */
function plainly(root: string): TreeSnapshot {
  const tree = new TreeSnapshot();
  const visit = (path: string): void => {
    const at = lstatSync(join(root, path));
    if (at.isSymbolicLink()) tree.addLink(path, readlinkSync(join(root, path)));
    else if (at.isDirectory()) {
      tree.addDirectory(path);
      for (const name of readdirSync(join(root, path))) visit(`${path}/${name}`);
    } else if (at.isFile()) tree.addText(path, readFileSync(join(root, path), "utf8").replace(/\n$/, ""));
  };
  visit("/sys/kernel/iommu_groups");
  const functions = "/sys/bus/pci/devices";
  for (const address of readdirSync(join(root, functions))) {
    const directory = `${functions}/${address}`;
    tree.addLink(directory, readlinkSync(join(root, directory))).addDirectory(directory);
    for (const name of readdirSync(join(root, directory))) {
      const path = `${directory}/${name}`;
      if (lstatSync(join(root, path)).isSymbolicLink()) tree.addLink(path, readlinkSync(join(root, path)));
      else if (name === "config") tree.addBytes(path, readFileSync(join(root, path)));
      else if (lstatSync(join(root, path)).isFile()) tree.addText(path, readFileSync(join(root, path), "utf8").replace(/\n$/, ""));
    }
  }
  return tree;
}

describe("what the script reads is what the files hold", () => {
  const fleet = new Fleet();
  afterAll(() => fleet.stop());

  test("of every function and group of a simulated server, with whole uevents and with one that is cut", async () => {
    const host = await fleet.add(machine("plain", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12),
        networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }), rootPort("0000:64:01.0", 20), ...graphicsCard("0000:65:00", "0000:64:01.0", 21),
        rootPort("0000:66:01.0", 22), sharedCard("0000:67:00", "0000:66:01.0", 23), rootPort("0000:68:01.0", 24), vgpuCard("0000:69:00", "0000:68:01.0", 25),
        endpoint({ address: "0000:7e:04.0", vendor: "8086", device: "3250", class: "088000", driver: null, group: 30 }),
        endpoint({ address: "0000:7e:05.0", vendor: "8086", device: "09a2", class: "000000", driver: null, group: 31 }),
      ],
    }));
    const { root } = host.files;
    const expected = hostFacts(plainly(root), absent);
    const whole = await readSnapshot(localShell("the tree"), { GPUHOST_ROOT: root });
    rmSync(join(root, "sys/bus/pci/devices/0000:7e:04.0/uevent"));
    writeFileSync(join(root, "sys/bus/pci/devices/0000:7e:05.0/uevent"), "PCI_CLASS=0000\n");
    const cut = await readSnapshot(localShell("the tree"), { GPUHOST_ROOT: root });
    expect(cut).toEqual(whole);
    const facts = hostFacts(whole, absent);
    const onlyOfOthers = ["numaNode", "enabled", "powerState", "resetMethods", "d3coldAllowed", "link", "revision", "driverOverride"];
    const peripheral = "0000:7e:04.0";
    expect(facts.pciDevices.map(({ address }) => address)).toEqual(expected.pciDevices.map(({ address }) => address));
    for (const [index, device] of facts.pciDevices.entries()) {
      const { config, ...all } = expected.pciDevices[index] ?? device;
      const isBasic = /^(05|0600|0601|08|11|0c05)/.test(known(device.class) ?? "");
      const { config: read, ...said } = device;
      // Of a host bridge or system peripheral it is read what it is and whose.
      if (isBasic) expect(said).toMatchObject(Object.fromEntries(Object.entries(all).filter(([name]) => !onlyOfOthers.includes(name))));
      else expect(said).toEqual(all);
      // Of what no verdict needs only the header is read.
      expect(read.kind).toBe(config.kind);
    }
    expect(facts.pciDevices.find(({ address }) => address === peripheral)).toMatchObject({ numaNode: absent, enabled: absent, vendor: { value: "8086" }, iommuGroup: { value: 30 } });
    const whollyRead = [...whole.binaries].filter(([, bytes]) => bytes.length > 64).map(([path]) => path.split("/").at(-2) ?? "").sort();
    // Bridges, displays, and the audio function in a display's slot.
    expect(whollyRead).toEqual(expected.pciDevices.filter((device) => /^(0604|03|0403)/.test(known(device.class) ?? "")).map(({ address }) => address).sort());
    expect(whole.binaries.size).toBe(expected.pciDevices.length);
    const without = expected.iommu.groups.map((group) => ([0, 1, 30].includes(group.number) ? { ...group, type: absent, reservedRegions: absent } : group));
    expect(facts.iommu.groups).toEqual(without);
  });

  test("of a system peripheral that is cut off the bus, or has virtual functions: that it is dead, and that they are on", async () => {
    const host = await fleet.add(machine("peripherals", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        ...["0000:7e:04.0", "0000:7e:05.0", "0000:7e:05.1"].map((address, index) => endpoint({ address, vendor: "8086", device: "0b25", class: "088000", driver: null, group: 30 + index })),
      ],
    }));
    const functions = join(host.files.root, "sys/bus/pci/devices");
    writeFileSync(join(functions, "0000:7e:04.0/config"), Buffer.alloc(256, 0xff));
    writeFileSync(join(functions, "0000:7e:05.0/sriov_totalvfs"), "1\n");
    writeFileSync(join(functions, "0000:7e:05.0/sriov_numvfs"), "1\n");
    symlinkSync("../0000:7e:05.0", join(functions, "0000:7e:05.1/physfn"));
    const { pciDevices } = hostFacts(await readSnapshot(localShell("the tree"), { GPUHOST_ROOT: host.files.root }), absent);
    const of = (address: string): unknown => pciDevices.find((device) => device.address === address);
    expect(of("0000:7e:04.0")).toMatchObject({ config: { value: { allOnes: true } } });
    expect(of("0000:7e:05.0")).toMatchObject({ numVfs: { value: 1 }, totalVfs: { value: 1 }, config: { kind: "value" } });
    expect(of("0000:7e:05.1")).toMatchObject({ physicalFunction: { value: "0000:7e:05.0" } });
  });
});
