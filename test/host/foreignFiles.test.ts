import { rmSync } from "node:fs";
import { afterEach, describe, expect, it } from "vitest";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { mdevBootPaths } from "../../provider/plan/mdevBoot";
import { planMediatedDevices } from "../../provider/plan/mediatedDevices";
import { ALL_VIRTUAL_PATHS } from "../../provider/plan/virtualBoot";
import { planVirtualFunctions } from "../../provider/plan/virtualFunctions";
import { addFunction, aHost, writeTree } from "../facts/trees";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

const physical = "0000:41:00.0";
const sriov = { sriov_totalvfs: "16", sriov_numvfs: "0", sriov_offset: "4", sriov_stride: "1", sriov_vf_device: "7410", sriov_drivers_autoprobe: "1", ari_enabled: "1" };
const host = (): TreeSnapshot => addFunction(aHost(), physical, { ids: "1002:740f", driver: "gim", attributes: sriov })
  .addPath("/etc/systemd/system").addText("/sys/class/mdev_bus/mtty/mdev_supported_types/mtty-1/available_instances", "24").addLink("/sys/class/mdev_bus/mtty", "../../devices/virtual/mtty/mtty");

/** What the previews of both kinds refuse about files, from what the reading script finds on that tree. */
async function refusals(tree: TreeSnapshot): Promise<string[]> {
  const root = writeTree(tree);
  folders.push(root);
  const facts = await observe(localShell("the tree"), { GPUHOST_ROOT: root });
  const virtual = planVirtualFunctions(facts, { physicalFunctions: [{ address: physical, id: "1002:740f", count: 2, driver: "vfio-pci", acknowledge: [] }], when: "nextBoot" });
  const mediated = planMediatedDevices(facts, { types: [], devices: [{ uuid: "4b20d080-1b54-4048-85b3-a6a62d165c01", type: "mtty-1", parent: "mtty" }], unit: "nova-compute.service", deadlineSeconds: 60 });
  return [...virtual.findings, ...mediated.findings].filter(({ rule }) => rule === "file-not-ours").map(({ severity, says }) => `${severity}: ${says}`);
}

describe("a file of somebody else's at a path of ours", () => {
  it.each([...ALL_VIRTUAL_PATHS, ...mdevBootPaths])("%s is refused by the preview", async (path) => {
    expect(await refusals(host().addText(path, "theirs"))).toEqual([`refuse: ${path} is there and was not written by us; it would be overwritten.`]);
  });

  it("is not ours by being called like it; one of ours that became a link is no file to write over", async () => {
    const journal = "/var/lib/gpuhost/files/unit";
    const unit = "/etc/systemd/system/gpuhost-virtual-functions.service";
    const ours = (tree: TreeSnapshot): TreeSnapshot => tree.addText(`${journal}/path`, unit).addText(`${journal}/before`, "absent").addText(`${journal}/written`, "0".repeat(64));
    expect(await refusals(host().addText("/etc/gpuhost/notes", "x").addText("/etc/systemd/system/gpuhost-backup.timer", "x"))).toEqual([]);
    expect(await refusals(ours(host().addText(unit, "edited since")))).toEqual([]);
    expect(await refusals(ours(host().addLink(unit, "/dev/null")))).toEqual([`refuse: ${unit} is not the file that we wrote, nor any other: it is a link, or cannot be read.`]);
  });
});
