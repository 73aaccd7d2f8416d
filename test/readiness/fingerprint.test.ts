import { expect, test } from "vitest";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { fingerprint } from "../../provider/readiness/fingerprint";
import { judge } from "../../provider/readiness/judge";
import { aCard, addFunction, audio, configSpace, factsOf, gpu } from "../facts/trees";
import { hide } from "./cases";

function of(tree: TreeSnapshot): string {
  const facts = factsOf(tree);
  return fingerprint(facts, judge(facts));
}

const base = (): TreeSnapshot => aCard({ driver: "vfio-pci", companion: "vfio-pci" }).addPath("/dev/vfio/12");

test("what changes from boot to boot without meaning leaves it alone", () => {
  const regrouped = aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { group: 40 }, audio: { group: 40 } }).addPath("/dev/vfio/40");
  expect(of(regrouped)).toBe(of(base()));
  expect(of(base().addText("/proc/sys/kernel/random/boot_id", "other"))).toBe(of(base()));
  expect(of(base().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="pcie_acs_override=downstream"'))).toBe(of(base()));
  expect(of(base().addText(`/sys/bus/pci/devices/${gpu}/power_state`, "D3hot"))).toBe(of(base()));
  expect(of(base().addAnswer("guests", `guest\nname guest=i-1\nuuid 1\ndevice vfio-pci,host=${gpu}`))).toBe(of(base()));
});

function withoutGroup(): TreeSnapshot {
  const tree = base();
  tree.links.delete(`/sys/bus/pci/devices/${gpu}/iommu_group`);
  tree.directories.get("/sys/kernel/iommu_groups/12/devices")?.delete(gpu);
  return tree;
}

/** People keep it and compare it (`--expect`): a change of what it is made of is a change for them. */
test("what it was, it is", () => {
  expect(of(base())).toBe("7189105a4c7921f72c4c");
  expect(of(base().addText("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y").addText("/proc/cmdline", "pcie_acs_override"))).toBe("c626849a90919e076968");
  expect(of(hide(hide(base(), `/sys/bus/pci/devices/${gpu}/reset_method`), "/proc/sys/kernel/osrelease"))).toBe("9c8a81a2c6b0e5bf4f6c");
});

test("what readiness rests on changes it", () => {
  const changes: [string, TreeSnapshot][] = [
    ["another kernel", base().addText("/proc/sys/kernel/osrelease", "6.1.0-31-amd64")],
    ["another command line", base().addText("/proc/cmdline", "quiet")],
    ["a member more", addFunction(base(), "0000:66:00.0", { group: 12 })],
    ["a companion on another driver", base().addLink(`/sys/bus/pci/devices/${audio}/driver`, "../../../bus/pci/drivers/snd_hda_intel")],
    ["another card in the slot", base().addText(`/sys/bus/pci/devices/${gpu}/device`, "0x2330")],
    ["another reset", base().addText(`/sys/bus/pci/devices/${gpu}/reset_method`, "bus")],
    ["ATS on", base().addBytes(`/sys/bus/pci/devices/${gpu}/config`, configSpace({ ats: true }))],
    ["interrupts no longer remapped", base().addAnswer("interrupt-chips", "PCI-MSI")],
    ["a refusal of the host alone", base().addText("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y")],
    ["a warning about the card alone", base().addText(`/sys/bus/pci/devices/${gpu}/resource`, "0x0000000000000000 0x000000000fffffff 0x000000002014220c")],
    ["another warning about the card alone", aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { attributes: { boot_vga: "1" } } }).addPath("/dev/vfio/12").addText("/lib/modules/6.1.0-30-amd64/modules.builtin", "kernel/sound/pci/hda/snd-hda-intel.ko")],
    ["the command line no longer readable", hide(base(), "/proc/cmdline")],
    ["the card in no group", withoutGroup()],
  ];
  const prints = [of(base()), ...changes.map(([, tree]) => of(tree))];
  expect(new Set(prints).size, changes.map(([what], index) => `${what}: ${prints[index + 1]}`).join("\n")).toBe(prints.length);
  for (const print of prints) expect(print).toMatch(/^[0-9a-f]{20}$/);
});
