import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedFactError } from "../../provider/errors";
import { known } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { aCard, addFunction, aHost, factsOf, gpu } from "./trees";

describe("a malformed line fails with its path and text", () => {
  test.each<[string, TreeSnapshot, RegExp]>([
    ["an id", aCard({ gpu: { attributes: { vendor: "10de?" } } }), /0000:65:00\.0\/vendor.*10de\?/],
    ["a class of five digits", aCard({ gpu: { class: "03000" } }), /0000:65:00\.0\/class.*0x03000/],
    ["a count", aCard({ gpu: { attributes: { sriov_numvfs: "many" } } }), /sriov_numvfs.*many/],
    ["a device's name", aHost().addLink("/sys/bus/pci/devices/65:00.0", "../x"), /65:00\.0.*PCI address/],
    ["a reserved region", aCard().addText("/sys/kernel/iommu_groups/12/reserved_regions", "0x0 direct"), /reserved_regions.*0x0 direct/],
    ["lockdown", aHost().addText("/sys/kernel/security/lockdown", "none"), /lockdown.*none/],
    ["a mount", aHost().addText("/proc/self/mountinfo", "29 1 / /"), /mountinfo.*29 1/],
    ["a profile", aHost().addText("/sys/kernel/security/apparmor/profiles", "libvirtd"), /profiles.*libvirtd/],
    ["a journal's state", aHost().addText("/var/lib/gpuhost/transactions/1/state", "half"), /transactions\/1\/state.*half/],
  ])("%s", (_, tree, message) => {
    expect(() => factsOf(tree)).toThrow(message);
  });
});

describe("absent, unreadable, empty and a value are told apart", () => {
  test("driver_override", () => {
    const of = (text: string): unknown => factsOf(aCard({ gpu: { attributes: { driver_override: text } } })).pciDevices[1]?.driverOverride;
    expect(of("(null)")).toEqual({ kind: "absent" });
    expect(of("")).toEqual({ kind: "absent" });
    expect(of("vfio-pci")).toEqual({ kind: "value", value: "vfio-pci" });
  });
  test("reset_method", () => {
    const of = (reset: string | null): unknown => factsOf(aCard({ gpu: { reset } })).pciDevices[1]?.resetMethods;
    expect(of("")).toEqual({ kind: "value", value: [] });
    expect(of("flr bus")).toEqual({ kind: "value", value: ["flr", "bus"] });
    expect(of(null)).toEqual({ kind: "absent" });
  });
  test("group 0 is a group", () => {
    const facts = factsOf(aCard({ gpu: { group: 0 } }));
    expect(facts.pciDevices[1]?.iommuGroup).toEqual({ kind: "value", value: 0 });
    expect(facts.iommu.groups[0]).toMatchObject({ number: 0, members: [gpu] });
  });
});

describe("the IOMMU", () => {
  test.each<[string, (tree: TreeSnapshot) => void, string]>([
    ["units", () => undefined, "active"],
    ["an empty class", (tree) => tree.directories.get("/sys/class/iommu")?.clear(), "inactive"],
    ["no class at all", (tree) => tree.directories.delete("/sys/class/iommu"), "unknown"],
  ])("%s", (_, change, state) => {
    const tree = addFunction(aHost(), gpu);
    change(tree);
    expect(factsOf(tree).iommu.state).toBe(state);
  });
  test("groups without units are at work too, but those of no-IOMMU mode are not", () => {
    const tree = addFunction(aHost(), gpu, { group: 0 });
    tree.directories.get("/sys/class/iommu")?.clear();
    expect(factsOf(tree).iommu.state).toBe("active");
    expect(factsOf(tree.addText("/sys/kernel/iommu_groups/0/name", "vfio-noiommu")).iommu.state).toBe("inactive");
  });
  test.each([["dmar1", ["intel"]], ["ivhd0", ["amd"]], ["smmu3.0x0000000009050000", ["smmu"]], ["iommu-phb0000", ["other"]]])("unit %s", (unit, kinds) => {
    const tree = aHost().addPath(`/sys/class/iommu/${unit}`);
    tree.directories.get("/sys/class/iommu")?.delete("dmar0");
    expect(factsOf(tree).iommu.kinds).toEqual(kinds);
  });
  test("interrupts: remapped, not, not a question elsewhere, or not known", () => {
    const of = (chips: string, architecture = "x86_64"): string => factsOf(aHost().addAnswer("interrupt-chips", chips).addAnswer("architecture", architecture)).iommu.interruptRemapping;
    expect(of("IO-APIC\nIR-PCI-MSI")).toBe("remapped");
    expect(of("IO-APIC\nPCI-MSI")).toBe("not-remapped");
    expect(of("")).toBe("unknown");
    const arm = aHost().addAnswer("interrupt-chips", "GICv3\nITS-PCI-MSI").addAnswer("architecture", "aarch64").addPath("/sys/class/iommu/smmu3.0x1");
    arm.directories.get("/sys/class/iommu")?.delete("dmar0");
    expect(factsOf(arm).iommu.interruptRemapping).toBe("not-applicable");
  });
});

test.each([
  ["Debian's own", ["/usr/sbin/mkinitramfs", "/usr/sbin/update-initramfs"], "initramfs-tools"],
  ["Debian's own beside dracut-core", ["/usr/sbin/mkinitramfs", "/usr/sbin/update-initramfs", "/usr/bin/dracut"], "initramfs-tools"],
  ["dracut, with initramfs-tools-core left behind", ["/usr/sbin/mkinitramfs", "/usr/bin/dracut", "/var/lib/dpkg/info/dracut.md5sums"], "dracut"],
  ["dracut with an update-initramfs of its own", ["/usr/sbin/mkinitramfs", "/usr/sbin/update-initramfs", "/usr/bin/dracut", "/var/lib/dpkg/info/dracut.md5sums"], "dracut"],
  ["dracut alone", ["/usr/bin/dracut"], "dracut"],
  ["none", [], "unknown"],
])("which tool builds the images: %s", (_, paths, tool) => {
  expect(factsOf(paths.reduce((tree, path) => tree.addPath(path), aHost())).initramfs.tool).toBe(tool);
});

test("system, modules, initramfs, AppArmor and Nova", () => {
  const tree = aHost()
    .addText("/proc/modules", "vfio_pci 1 0 - Live 0x0\nsnd_hda_intel 2 1 - Live 0x0")
    .addText("/lib/modules/6.1.0-30-amd64/modules.builtin", "kernel/drivers/pci/pci-stub.ko\nkernel/drivers/vfio/vfio.ko.zst")
    .addText("/lib/modules/6.1.0-30-amd64/modules.alias", "alias vfio_pci:v000015B3d* mlx5-vfio-pci")
    .addPath("/usr/sbin/mkinitramfs").addPath("/usr/sbin/update-initramfs").addPath("/usr/bin/dracut")
    .addText("/boot/initrd.img-6.1.0-30-amd64", "").addPath("/boot/initrd.img-6.1.0-30-amd64.bak").addPath("/boot/initramfs-0-rescue-1.img")
    .addAnswer("boot-free", "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 100 40 60 40% /boot")
    .addText("/sys/kernel/security/lockdown", "none [integrity] confidentiality")
    .addText("/sys/module/apparmor/parameters/enabled", "Y").addText("/sys/kernel/security/apparmor/profiles", "/usr/sbin/chronyd (enforce)\nvirt-aa-helper (complain)")
    .addText("/etc/nova/nova.conf", "[pci]\nalias = {}")
    .addAnswer("nova-services", "service proc/7\nprogram nova-compute\nargument /usr/bin/python3\nargument /usr/bin/nova-compute\nargument --config-file\nargument /etc/nova/nova.conf");
  const facts = factsOf(tree);
  expect(facts.system).toMatchObject({ cpuVendor: { value: "intel" }, lockdown: { value: "integrity" }, userId: { value: 0 }, ostree: false, hostname: { value: "gpu-node-7" } });
  expect([...(known(facts.modules.loaded) ?? [])]).toEqual(["vfio_pci", "snd_hda_intel"]);
  expect([...(known(facts.modules.builtin) ?? [])]).toEqual(["pci_stub", "vfio"]);
  expect([...(known(facts.modules.vfioAliases) ?? [])]).toEqual([["vfio_pci:v000015B3d*", "mlx5_vfio_pci"]]);
  expect(facts.initramfs).toEqual({ tool: "initramfs-tools", images: ["6.1.0-30-amd64"], freeBootBytes: { kind: "value", value: 61440 } });
  expect([...(known(facts.appArmor.profiles) ?? [])]).toEqual([["/usr/sbin/chronyd", "enforce"], ["virt-aa-helper", "complain"]]);
  expect(facts.nova.computeCommandLine).toMatchObject({ value: ["/usr/bin/python3", "/usr/bin/nova-compute", "--config-file", "/etc/nova/nova.conf"] });
  expect([...facts.nova.files.keys()]).toEqual(["/etc/nova/nova.conf"]);
});

describe("our own journal", () => {
  const journal = (): TreeSnapshot =>
    aHost()
      .addText("/var/lib/gpuhost/lock/owner", "alice@laptop stack prod 2026-11-21T02:00:00Z")
      .addText("/var/lib/gpuhost/files/1/path", "/etc/default/grub.d/zz-gpuhost.cfg").addText("/var/lib/gpuhost/files/1/owner", "KernelArguments")
      .addText("/var/lib/gpuhost/files/1/before", "absent").addText("/var/lib/gpuhost/files/1/written", "aa")
      .addText("/var/lib/gpuhost/devices/0000:65:00.0/owner", "VfioBinding").addText("/var/lib/gpuhost/devices/0000:65:00.0/ids", "10de:20b5:10de:1533").addText("/var/lib/gpuhost/devices/0000:65:00.0/driver_before", "nvidia")
      .addText("/var/lib/gpuhost/transactions/t1/owner", "VfioBinding").addText("/var/lib/gpuhost/transactions/t1/state", "running").addText("/var/lib/gpuhost/transactions/t1/says", "binding")
      .addText("/var/lib/gpuhost/trial/state", "armed").addText("/var/lib/gpuhost/trial/arguments", 'iommu=pt "dyndbg=file x +p"').addText("/var/lib/gpuhost/trial/of", "arguments\ninitramfs").addText("/var/lib/gpuhost/trial/boot_id", "b1")
      .addAnswer("journal-hashes", "bb /etc/default/grub.d/zz-gpuhost.cfg").addAnswer("journal-alive", "");

  test("is read whole", () => {
    expect(factsOf(journal()).journal).toEqual({
      present: true,
      lock: { kind: "value", value: { owner: "alice@laptop stack prod", since: "2026-11-21T02:00:00Z", alive: false } },
      files: [{ path: "/etc/default/grub.d/zz-gpuhost.cfg", owner: "KernelArguments", before: "absent", written: "aa", now: "bb" }],
      devices: [{ address: "0000:65:00.0", owner: "VfioBinding", ids: "10de:20b5:10de:1533", driverBefore: "nvidia", overrideBefore: "" }],
      transactions: [{ id: "t1", owner: "VfioBinding", state: "interrupted", says: "binding" }],
      trial: { kind: "value", value: { state: "armed", arguments: [{ name: "iommu", value: "pt" }, { name: "dyndbg", value: "file x +p" }], of: ["arguments", "initramfs"], bootId: "b1" } },
    });
  });
  test("what lives is told from what was cut off", () => {
    const { lock, transactions } = factsOf(journal().addAnswer("journal-alive", "lock\ntransactions/t1")).journal;
    expect([known(lock)?.alive, transactions[0]?.state]).toEqual([true, "running"]);
  });
  test("a transaction that never began is none", () => {
    expect(factsOf(aHost().addText("/var/lib/gpuhost/transactions/t2/owner", "VfioBinding")).journal.transactions).toEqual([]);
  });
  test("is absent where there is none", () => {
    expect(factsOf(aHost()).journal).toEqual({ present: false, lock: { kind: "absent" }, files: [], devices: [], transactions: [], trial: { kind: "absent" } });
  });
});

test("whatever a file, a link or an answer says, it is read or refused as malformed, and never anything else", () => {
  const tree = (): TreeSnapshot =>
    aCard({ gpu: { attributes: { boot_vga: "1", sriov_totalvfs: "1", numa_node: "0", driver_override: "(null)" } } })
      .addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="a"').addText("/boot/grub/grub.cfg", "menuentry 'a' {\nlinux /v a\n}").addText("/boot/grub/grubenv", "a=b").addText("/boot/loader/entries/a.conf", "options a")
      .addText("/proc/self/mountinfo", "29 1 8:1 / / rw - ext4 /dev/sda1 rw").addText("/proc/swaps", "x").addText("/etc/machine-id", "x")
      .addText("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N").addText("/lib/modules/6.1.0-30-amd64/modules.alias", "alias vfio_pci:x y")
      .addText("/var/lib/gpuhost/trial/state", "armed").addText("/var/lib/gpuhost/transactions/t/state", "done").addText("/var/lib/gpuhost/lock/owner", "x")
      .addLink("/sys/class/block/sda1", "../x").addLink("/sys/class/net/eth0", "../x").addLink("/sys/class/drm/card0", "../x")
      .addAnswer("boot-free", "x").addAnswer("holders", "x").addAnswer("domains", "guest").addAnswer("nova-services", "x").addAnswer("nova-installed", "x").addAnswer("nova-managers", "x").addAnswer("journal-hashes", "x");
  const counts = { texts: tree().texts.size, links: tree().links.size, answers: tree().answers.size };
  const noise = fc.oneof(fc.string(), fc.string({ unit: fc.constantFrom("0", "x", "f", " ", "\n", "\"", "'", "{", "}", "$", "=", ":", "/", "-", ".", "a", "|", ">") }), fc.constantFrom("", "0", "-1", "(null)", "../../0000:65:00.0", "menuentry 'x' {\n submenu 'y' {"));
  fc.assert(fc.property(fc.constantFrom("texts", "links", "answers"), fc.nat(), noise, (kind, index, text) => {
    const noisy = tree();
    const key = [...noisy[kind].keys()][index % counts[kind]] ?? "";
    noisy[kind].set(key, text);
    try {
      expect(factsOf(noisy).pciDevices.length).toBeGreaterThan(0);
    } catch (error) {
      expect(error, `${key}: ${JSON.stringify(text)}`).toBeInstanceOf(MalformedFactError);
    }
  }), { numRuns: 500 });
});
