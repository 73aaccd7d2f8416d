import { describe, expect, test } from "vitest";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import type { Finding, Verdict } from "../../provider/readiness/finding";
import { judge, type Report } from "../../provider/readiness/judge";
import type { Policy } from "../../provider/readiness/rule";
import { aCard, addFunction, aHost, audio, configSpace, factsOf, gpu, isolating, port } from "../facts/trees";

const strangers: Policy = { trustLevel: "multi-tenant" };
const vfio = { driver: "vfio-pci", companion: "vfio-pci" } as const;
const bound = (options: Parameters<typeof aCard>[0] = {}): TreeSnapshot => aCard({ ...vfio, ...options }).addPath("/dev/vfio/12");

function report(tree: TreeSnapshot, policy = strangers): Report {
  return judge(factsOf(tree), policy);
}

function found(of: Report, address = gpu): string[] {
  const own = of.gpus.find((one) => one.address === address)?.findings ?? [];
  // Every card of class 0302 has this one; cases/control-registers-open.json is about it.
  return [...of.findings, ...own].filter(({ rule }) => rule !== "control-registers-open").map((finding: Finding) => `${finding.severity} ${finding.rule}`);
}

function verdict(of: Report, address = gpu): Verdict | undefined {
  return of.gpus.find((one) => one.address === address)?.verdict;
}

/** The verdict table of the domain notes, one row each: a host, its verdict, and the finding that says why. */
const rows: [string, TreeSnapshot, Verdict, string[]][] = [
  ["all functions on vfio-pci, flr and bus", bound(), "ready", []],
  ["not bound yet", aCard(), "bindable", ["note companion-on-host-driver"]],
  ["the card on vfio, its audio on the host's driver", bound({ companion: "snd_hda_intel" }), "bindable", ["warn companion-on-host-driver"]],
  ["the companion on pci-stub: viable, but no bus reset", bound({ companion: "pci-stub" }), "bindable", ["warn companion-not-on-vfio"]],
  ["a variant driver", bound({ driver: "nvgrace-gpu-vfio-pci" }), "ready", []],
  ["another function in the group", addFunction(bound(), "0000:66:00.0", { ids: "8086:1521", class: "020000", driver: "igb", group: 12 }), "refused", ["refuse bystander-in-group"]],
  ["another GPU in the group", addFunction(bound(), "0000:66:00.0", { group: 12 }), "refused", ["refuse second-gpu-in-group"]],
  ["an NVSwitch in the group", addFunction(bound(), "0000:66:00.0", { ids: "10de:22a3", class: "068000", group: 12 }), "refused", ["refuse nvswitch-in-group", "note nvswitch-fabric"]],
  ["a bridge on pcieport in the group", addFunction(bound(), "0000:63:00.0", { ids: "8086:2030", class: "060400", driver: "pcieport", group: 12 }), "ready", []],
  ["a bridge on shpchp in the group", addFunction(bound(), "0000:63:00.0", { ids: "8086:2030", class: "060400", driver: "shpchp", group: 12 }), "refused", ["refuse bridge-on-host-driver"]],
  ["a direct reserved region", bound().addText("/sys/kernel/iommu_groups/12/reserved_regions", "0x0000000000001000 0x0000000000001fff direct"), "refused", ["refuse direct-reserved-region"]],
  ["a relaxable reserved region", bound().addText("/sys/kernel/iommu_groups/12/reserved_regions", "0x0000000000001000 0x0000000000001fff direct-relaxable"), "ready", []],
  ["reset switched off", bound({ gpu: { reset: "" } }), "refused", ["refuse no-reset-method"]],
  ["no reset at all, on a kernel that would say", bound({ gpu: { reset: null } }), "refused", ["refuse no-reset-method"]],
  ["reset by power management only", bound({ gpu: { reset: "pm" } }), "ready", ["warn weak-reset-method"]],
  ["virtual functions on", bound({ gpu: { attributes: { sriov_totalvfs: "16", sriov_numvfs: "4" } } }), "refused", ["refuse vfs-enabled"]],
  ["no virtual functions on a card that could", bound({ gpu: { attributes: { sriov_totalvfs: "16", sriov_numvfs: "0" } } }), "ready", []],
  ["ATS on", bound({ gpu: { config: configSpace({ ats: true }) } }), "refused", ["refuse ats-enabled"]],
  ["ATS on for the companion", bound({ audio: { config: configSpace({ ats: true }) } }), "refused", ["refuse ats-enabled"]],
  ["ATS off", bound({ gpu: { config: configSpace({ ats: false }) } }), "ready", []],
  ["a card that does not answer", bound({ gpu: { config: new Uint8Array(4096).fill(0xff) } }), "refused", ["refuse device-dead"]],
  ["no node in /dev/vfio", aCard(vfio), "refused", ["refuse vfio-node-missing"]],
  ["unsafe interrupts allowed", bound().addText("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "Y"), "refused", ["refuse unsafe-interrupts"]],
  ["no interrupt chip behind a remapping unit", bound().addAnswer("interrupt-chips", "IO-APIC\nPCI-MSI"), "refused", ["refuse unsafe-interrupts"]],
  ["no-IOMMU mode", bound().addText("/sys/module/vfio/parameters/enable_unsafe_noiommu_mode", "Y"), "refused", ["refuse noiommu-mode"]],
  ["ACS made up by a patch", bound().addText("/proc/cmdline", "ro pcie_acs_override=downstream"), "refused", ["refuse acs-override"]],
  ["ACS made up from the next boot on", bound().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="pcie_acs_override=downstream"'), "ready", ["warn acs-override"]],
  ["ACS redirect off, among other pci options", bound().addText("/proc/cmdline", "pci=realloc,disable_acs_redir=0000:64:00.0"), "refused", ["refuse acs-redirect-disabled"]],
  ["unsafe interrupts by argument, the module not loaded yet", bound().addText("/proc/cmdline", "vfio-iommu-type1.allow_unsafe_interrupts=1"), "refused", ["refuse unsafe-interrupts"]],
  ["unsafe interrupts by argument, but the parameter says no", bound().addText("/proc/cmdline", "vfio_iommu_type1.allow_unsafe_interrupts=1").addText("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N"), "ready", []],
  ["interrupt remapping without source check", bound().addText("/proc/cmdline", "intremap=nosid"), "refused", ["refuse unsafe-interrupts"]],
  ["the IOMMU off from the next boot on", bound().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="intel_iommu=off"'), "ready", ["warn iommu-inactive"]],
  ["the other vendor's IOMMU off", bound().addText("/proc/cmdline", "amd_iommu=off"), "ready", []],
  ["the display the host booted on", aCard({ gpu: { class: "030000", attributes: { boot_vga: "1" } } }), "bindable", ["warn boot-display", "note companion-on-host-driver"]],
  ["in no group while others are", addFunction(aCard(), "0000:02:00.0", { ids: "10de:1b06", class: "030000" }), "bindable", ["note companion-on-host-driver"]],
];

describe("judge", () => {
  test.each(rows)("%s", (_, tree, expected, findings) => {
    const result = report(tree);
    expect([verdict(result), ...found(result).sort()]).toEqual([expected, ...[...findings].sort()]);
  });

  test("a card in no group, while others have one, is refused", () => {
    const result = report(addFunction(aCard(), "0000:02:00.0", { ids: "10de:1b06", class: "030000" }));
    expect([verdict(result, "0000:02:00.0"), ...found(result, "0000:02:00.0")]).toEqual(["refused", "refuse no-iommu-group"]);
  });

  test("IOMMU off by the kernel, and off by the firmware, are told apart", () => {
    const off = (tables: boolean): TreeSnapshot => {
      const tree = addFunction(aHost(), gpu, { driver: "nvidia" });
      tree.directories.get("/sys/class/iommu")?.clear();
      if (!tables) tree.directories.get("/sys/firmware/acpi/tables")?.clear();
      return tree;
    };
    expect(found(report(off(true)))).toEqual(["refuse iommu-inactive"]);
    expect(found(report(off(false)))).toEqual(["refuse iommu-firmware-off"]);
    expect(verdict(report(off(true)))).toBe("refused");
  });

  test("a port without ACS is a note, one whose ACS was switched off a warning, one that was not read proves nothing", () => {
    const above = (config: Uint8Array): Report => report(addFunction(bound(), port, { ids: "8086:2030", class: "060400", driver: "pcieport", group: 11, config }));
    expect(found(above(configSpace({ pcieType: 4, headerType: 1 })))).toEqual(["note acs-not-shown"]);
    expect(found(above(configSpace({ pcieType: 4, headerType: 1, acs: { capability: 0x1d, control: 0x11 } })))).toEqual(["warn acs-not-shown"]);
    expect(found(above(isolating))).toEqual([]);
    expect(verdict(above(isolating.subarray(0, 64)))).toBe("unknown");
  });

  test("what was not read is not proven: never ready, and said once for each card", () => {
    const missing: [string, (tree: TreeSnapshot) => void][] = [
      ["reserved regions", (tree) => tree.texts.delete("/sys/kernel/iommu_groups/12/reserved_regions")],
      ["interrupt remapping", (tree) => tree.answers.delete("interrupt-chips")],
      ["command line", (tree) => tree.texts.delete("/proc/cmdline")],
      ["ATS", (tree) => tree.addBytes(`/sys/bus/pci/devices/${gpu}/config`, configSpace({ length: 64 }))],
      ["the ids of 0000:65:00.1", (tree) => tree.texts.delete(`/sys/bus/pci/devices/${audio}/device`)],
    ];
    for (const [what, remove] of missing) {
      const tree = bound();
      remove(tree);
      const result = report(tree);
      expect(verdict(result), what).toBe("unknown");
      expect(result.gpus[0]?.findings.find((finding) => finding.rule === "not-read")?.says, what).toContain(what);
    }
  });

  test("how much guests are trusted decides what ATS and a missing reset mean", () => {
    const tree = bound({ gpu: { reset: "", config: configSpace({ ats: true }) } });
    expect(found(report(tree, { trustLevel: "trusted-projects" }))).toEqual(["warn no-reset-method", "warn ats-enabled"]);
    expect(found(report(tree, { trustLevel: "single-tenant" }))).toEqual(["note no-reset-method", "note ats-enabled"]);
    expect(verdict(report(tree, { trustLevel: "single-tenant" }))).toBe("ready");
  });

  test("a member accepted by name no longer refuses, but has to be off its host driver for ready", () => {
    const tree = (driver: string): TreeSnapshot => addFunction(bound(), "0000:66:00.0", { ids: "8086:1521", class: "020000", driver, group: 12 });
    const accepting: Policy = { ...strangers, acceptedMembers: ["0000:66:00.0"] };
    expect([verdict(report(tree("igb"), accepting)), ...found(report(tree("igb"), accepting))]).toEqual(["bindable", "note bystander-in-group"]);
    expect(verdict(report(tree("pci-stub"), accepting))).toBe("ready");
  });

  test("a disk the host runs from refuses even when its function is accepted by name, unless the reason is acknowledged", () => {
    const tree = addFunction(aCard(), "0000:66:00.0", { ids: "144d:a808", class: "010802", driver: "nvme", group: 12 })
      .addLink("/sys/class/block/nvme0n1p1", "../../devices/pci0000:66/0000:66:00.0/nvme/nvme0/nvme0n1/nvme0n1p1")
      .addText("/sys/class/block/nvme0n1p1/dev", "259:1")
      .addText("/proc/self/mountinfo", "29 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw");
    const accepting: Policy = { ...strangers, acceptedMembers: ["0000:66:00.0"] };
    expect(found(report(tree, accepting))).toContain("refuse host-critical-in-group");
    expect(found(report(tree, { ...accepting, acknowledgedUses: ["mount:/"] }))).toContain("warn host-critical-in-group");
    const says = report(tree).gpus[0]?.findings.find((finding) => finding.rule === "host-critical-in-group");
    expect(says?.says).toBe("The host needs 0000:66:00.0: nvme0n1p1 is mounted on /.");
    expect(says?.remedy).toContain("mount:/");
  });

  test("what is a GPU: displays and accelerators, but no board-management display and no bridge", () => {
    const tree = aHost();
    addFunction(tree, "0000:01:00.0", { ids: "10de:1b06", class: "030000" });
    addFunction(tree, "0000:02:00.0", { ids: "1002:6613", class: "038000" });
    addFunction(tree, "0000:03:00.0", { ids: "1da3:1000", class: "120000" });
    addFunction(tree, "0000:04:00.0", { ids: "1a03:2000", class: "030000" });
    addFunction(tree, "0000:05:00.0", { ids: "102b:0536", class: "030000" });
    addFunction(tree, "0000:06:00.0", { ids: "10de:22a3", class: "068000" });
    addFunction(tree, "10000:01:00.0", { ids: "10de:20b5", class: "030200" });
    expect(report(tree).gpus.map((one) => one.address)).toEqual(["0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "10000:01:00.0"]);
  });

  test("companions are found in other groups too, and are no bystanders", () => {
    const tree = aCard({ audio: { group: 13 } });
    const [card] = report(tree).gpus;
    expect(card).toMatchObject({ members: [gpu], companions: [audio], bystanders: [], iommuGroup: 12 });
  });
});
