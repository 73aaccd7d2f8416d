import { hostFacts } from "../../provider/facts/assemble";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { absent } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { hostModel } from "../../provider/report/hostModel";
import type { ReadHost } from "../../provider/report/model";
import { aCard, addFunction, aHost, configSpace, isolating, port } from "../facts/trees";

/** Debian's GRUB and initramfs-tools: what a change is planned with. */
export function withBoot(tree: TreeSnapshot, kernelArguments: string): TreeSnapshot {
  const line = `root=UUID=0f3a9c1e-8a52-4a51-9d0c-1b1d6f0e7a11 ro quiet ${kernelArguments}`;
  return tree
    .addText("/proc/cmdline", `BOOT_IMAGE=/boot/vmlinuz-6.1.0-30-amd64 ${line}`)
    .addText("/boot/grub/grub.cfg", `set default="0"\nmenuentry 'Debian' --class debian $menuentry_id_option 'gnulinux-simple-1' {\n\tlinux\t/boot/vmlinuz-6.1.0-30-amd64 ${line}\n\tinitrd\t/boot/initrd.img-6.1.0-30-amd64\n}`)
    .addText("/etc/default/grub", `GRUB_CMDLINE_LINUX_DEFAULT="quiet ${kernelArguments}"\nGRUB_CMDLINE_LINUX=""`)
    .addText("/proc/sys/kernel/random/boot_id", "5b8e2c34-2b1a-4c57-8d0e-6f4a1f7a9c02")
    .addText("/proc/self/mountinfo", "29 1 8:1 / / rw - ext4 /dev/sda1 rw")
    .addPath("/usr/sbin/mkinitramfs").addPath("/usr/sbin/update-initramfs")
    .addPath("/boot/vmlinuz-6.1.0-30-amd64").addPath("/boot/initrd.img-6.1.0-30-amd64")
    .addAnswer("boot-free", "Filesystem 1024-blocks Used Available Capacity Mounted on\n/dev/sda1 1000000 1 999999 1% /");
}

/** One card that is free to be bound. */
export const bindable = (): TreeSnapshot => withBoot(aCard(), "intel_iommu=on");

/** Everything bound and proven. */
export const ready = (): TreeSnapshot => withBoot(aCard({ driver: "vfio-pci", companion: "vfio-pci" }), "intel_iommu=on").addPath("/dev/vfio/12");

/** The IOMMU is off by argument: no groups, and a change that turns it on. */
export function switchedOff(): TreeSnapshot {
  const tree = withBoot(aHost(), "intel_iommu=off");
  addFunction(tree, port, { ids: "8086:2030", class: "060400", driver: "pcieport", reset: "pm", config: configSpace({ pcieType: 4, headerType: 1, acs: { capability: 0x1d, control: 0 } }) });
  addFunction(tree, "0000:65:00.0", { ids: "10de:2236", above: [port], driver: "nouveau" });
  addFunction(tree, "0000:65:00.1", { ids: "10de:1aef", class: "040300", above: [port], driver: "snd_hda_intel" });
  tree.directories.set("/sys/class/iommu", new Set());
  tree.addAnswer("interrupt-chips", "IO-APIC\nPCI-MSI");
  return tree;
}

/** The card shares its group with the network card that the host is reached over, a second GPU and a root port of its own. */
export function shared(): TreeSnapshot {
  const tree = withBoot(aHost(), "intel_iommu=on");
  const open = configSpace({ pcieType: 4, headerType: 1 });
  for (const [root, at] of [["0000:00:01.0", "01"], ["0000:00:01.1", "02"], ["0000:00:01.2", "03"]] as const) {
    addFunction(tree, root, { ids: "8086:1901", class: "060400", driver: "pcieport", group: 1, reset: "pm", config: open });
    if (at === "01") {
      addFunction(tree, "0000:01:00.0", { ids: "10de:1b38", above: [root], group: 1, driver: "nvidia" });
      addFunction(tree, "0000:01:00.1", { ids: "10de:10ef", class: "040300", above: [root], group: 1, driver: "snd_hda_intel" });
    }
    if (at === "02") addFunction(tree, "0000:02:00.0", { ids: "8086:1572", class: "020000", above: [root], group: 1, driver: "i40e" });
    if (at === "03") addFunction(tree, "0000:03:00.0", { ids: "1002:73bf", class: "030000", above: [root], group: 1, driver: "amdgpu" });
  }
  addFunction(tree, "0000:00:1f.0", { ids: "8086:a149", class: "060100", group: 7, reset: null });
  addFunction(tree, "0000:00:14.0", { ids: "8086:a12f", class: "0c0330", group: 5, driver: "xhci_hcd", reset: null });
  return tree.addLink("/sys/class/net/eno1", "../../devices/pci0000:00/0000:00:01.1/0000:02:00.0/net/eno1").addAnswer("addressed-interfaces", "eno1").addAnswer("default-route-interfaces", "eno1");
}

const downstream = (control: number): Uint8Array => configSpace({ pcieType: 6, headerType: 1, acs: { capability: 0x5f, control } });

/** Eight modules on a board: four PCIe switches with two cards and an InfiniBand card each, NVSwitches behind a fifth, a disk and USB on the root bus. */
export function eight(): TreeSnapshot {
  const tree = withBoot(aHost(), "intel_iommu=on iommu=pt");
  let group = 20;
  const hex = (of: number): string => of.toString(16).padStart(2, "0");
  ["0000:10", "0000:40", "0000:80", "0000:c0"].forEach((bus, index) => {
    const [root, up] = [`${bus}:01.0`, `${bus.slice(0, 5)}${hex(Number.parseInt(bus.slice(5), 16) + 1)}:00.0`];
    const at = (of: number): string => `${bus.slice(0, 5)}${hex(Number.parseInt(bus.slice(5), 16) + of)}`;
    addFunction(tree, root, { ids: "1022:1483", class: "060400", driver: "pcieport", group: group++, reset: "pm", config: isolating });
    addFunction(tree, up, { ids: "1000:c010", class: "060400", above: [root], driver: "pcieport", group: group++, reset: "pm", config: configSpace({ pcieType: 5, headerType: 1 }) });
    [0, 1, 2].forEach((slot) => {
      const down = `${at(2)}:0${slot}.0`;
      addFunction(tree, down, { ids: "1000:c010", class: "060400", above: [root, up], driver: "pcieport", group: group++, reset: "pm", config: downstream(index === 3 && slot === 1 ? 0x11 : 0x1d) });
      const above = [root, up, down];
      if (slot < 2) addFunction(tree, `${at(3 + slot)}:00.0`, { ids: "10de:20b0", above, group: group++, driver: index === 3 ? "vfio-pci" : "nvidia" });
      else {
        addFunction(tree, `${at(3 + slot)}:00.0`, { ids: "15b3:101b", class: "020700", above, group: group++, driver: "mlx5_core" });
        for (let vf = 1; vf <= 4 && index === 0; vf++) addFunction(tree, `${at(3 + slot)}:00.${vf}`, { ids: "15b3:101c", class: "020700", above, group: group++, driver: "mlx5_core" }).addLink(`/sys/bus/pci/devices/${at(3 + slot)}:00.${vf}/physfn`, `../${at(3 + slot)}:00.0`);
      }
    });
  });
  addFunction(tree, "0000:e0:01.0", { ids: "1022:1483", class: "060400", driver: "pcieport", group: group++, reset: "pm", config: isolating });
  addFunction(tree, "0000:e1:00.0", { ids: "1000:c010", class: "060400", above: ["0000:e0:01.0"], driver: "pcieport", group: group++, reset: "pm", config: configSpace({ pcieType: 5, headerType: 1 }) });
  [0, 1, 2, 3].forEach((slot) => {
    addFunction(tree, `0000:e2:0${slot}.0`, { ids: "1000:c010", class: "060400", above: ["0000:e0:01.0", "0000:e1:00.0"], driver: "pcieport", group: group++, reset: "pm", config: downstream(0x1d) });
    addFunction(tree, `0000:e${3 + slot}:00.0`, { ids: "10de:1af1", class: "068000", above: ["0000:e0:01.0", "0000:e1:00.0", `0000:e2:0${slot}.0`], group: group++, driver: "nvidia-nvswitch" });
  });
  addFunction(tree, "0000:00:07.1", { ids: "144d:a80a", class: "010802", group: 2, driver: "nvme" });
  addFunction(tree, "0000:00:14.0", { ids: "1022:149c", class: "0c0330", group: 3, driver: "xhci_hcd", reset: null });
  return tree.addPath("/dev/vfio/51").addText("/usr/share/nvidia/nvswitch/fabricmanager.cfg", "FABRIC_MODE=1")
    .addAnswer("fabric-manager", "read\nprocess\nconfiguration /usr/share/nvidia/nvswitch/fabricmanager.cfg\norders loopback");
}

/** A host without any card. */
export const without = (): TreeSnapshot => withBoot(addFunction(aHost(), "0000:00:07.1", { ids: "144d:a80a", class: "010802", group: 2, driver: "nvme" }), "");

export const all: Readonly<Record<string, () => TreeSnapshot>> = { eight, shared, "switched-off": switchedOff, bindable, ready, without };

export function facts(tree: TreeSnapshot): HostFacts {
  return hostFacts(tree, absent);
}

export function modelOf(tree: TreeSnapshot, name: string): ReadHost {
  return hostModel(facts(tree), { name, policy: { trustLevel: "multi-tenant" } });
}
