import { describe, expect, test } from "vitest";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { aHost, factsOf } from "./trees";

const nic = "0000:02:00.0";
const second = "0000:02:00.1";
const disk = "0000:03:00.0";
const other = "0000:04:00.0";

function uses(tree: TreeSnapshot): string[] {
  return factsOf(tree).uses.map((use) => `${use.address} ${use.critical ? "critical" : "-"} ${use.reason}: ${use.says}`);
}

function netdev(tree: TreeSnapshot, name: string, address: string | undefined, links: Record<string, string> = {}): TreeSnapshot {
  tree.addLink(`/sys/class/net/${name}`, address === undefined ? `../../devices/virtual/net/${name}` : `../../devices/pci0000:00/${address}/net/${name}`);
  for (const [link, target] of Object.entries(links)) tree.addLink(`/sys/class/net/${name}/${link}`, target);
  return tree;
}

function block(tree: TreeSnapshot, path: string, number: string, texts: Record<string, string> = {}, slaves: readonly string[] = []): TreeSnapshot {
  const name = path.slice(path.lastIndexOf("/") + 1);
  tree.addLink(`/sys/class/block/${name}`, `../../devices/${path}`).addText(`/sys/class/block/${name}/dev`, number);
  for (const [file, text] of Object.entries(texts)) tree.addText(`/sys/class/block/${name}/${file}`, text);
  for (const slave of slaves) tree.addPath(`/sys/class/block/${name}/slaves/${slave}`);
  return tree;
}

describe("network", () => {
  test("an address, the default route and this session on a plain interface", () => {
    const tree = netdev(aHost(), "eth0", nic).addText("/sys/class/net/eth0/carrier", "1");
    tree.addAnswer("addressed-interfaces", "eth0\nlo").addAnswer("default-route-interfaces", "eth0").addAnswer("ssh-interface", "eth0");
    expect(uses(tree)).toEqual([
      `${nic} critical address:eth0: eth0 has an address of the host`,
      `${nic} - carrier:eth0: eth0 has a link`,
      `${nic} critical route:eth0: eth0 carries the default route`,
      `${nic} critical ssh-session:eth0: eth0 carries this SSH session`,
    ]);
  });

  test("a session on a bridge over a VLAN over a bond is carried by both ports of the bond", () => {
    const tree = aHost();
    for (const [name, address] of [["eth0", nic], ["eth1", second]] as const) netdev(tree, name, address, { master: "../bond0" });
    netdev(tree, "bond0", undefined).addPath("/sys/class/net/bond0/lower_eth0").addPath("/sys/class/net/bond0/lower_eth1").addPath("/sys/class/net/bond0/bonding");
    netdev(tree, "bond0.5", undefined, { master: "../br0" }).addPath("/sys/class/net/bond0.5/lower_bond0");
    netdev(tree, "br0", undefined).addPath("/sys/class/net/br0/lower_bond0.5").addPath("/sys/class/net/br0/bridge");
    tree.addAnswer("ssh-interface", "br0");
    for (const [name, address] of [["eth0", nic], ["eth1", second]]) {
      expect(uses(tree)).toContain(`${address} critical ssh-session:br0: br0 (through ${name}) carries this SSH session`);
      expect(uses(tree)).toContain(`${address} critical bond:bond0: ${name} is part of bond0`);
      expect(uses(tree)).toContain(`${address} critical bridge:br0: ${name} is part of br0`);
    }
  });

  test("interfaces that lie on each other in a circle end", () => {
    const tree = netdev(netdev(aHost(), "a", undefined), "b", undefined).addPath("/sys/class/net/a/lower_b").addPath("/sys/class/net/b/lower_a");
    expect(uses(tree.addAnswer("ssh-interface", "a"))).toEqual([]);
  });
});

describe("disks", () => {
  test("a partition that is mounted, once however often it is bound elsewhere", () => {
    const tree = block(block(aHost(), `pci0000:00/${disk}/nvme/nvme0/nvme0n1`, "259:0"), `pci0000:00/${disk}/nvme/nvme0/nvme0n1/nvme0n1p1`, "259:1");
    tree.addText("/proc/self/mountinfo", "29 1 259:1 / / rw - ext4 /dev/nvme0n1p1 rw\n99 1 259:1 /var/x /mnt/with\\040blank rw - ext4 /dev/nvme0n1p1 rw");
    expect(uses(tree)).toEqual([`${disk} - disk:nvme0n1: nvme0n1 is a disk of the host`, `${disk} critical mount:/: nvme0n1p1 is mounted on /`]);
  });

  test("a logical volume over an encrypted array reaches every disk below", () => {
    const tree = block(block(aHost(), `pci0000:00/${disk}/ata1/block/sda/sda1`, "8:1"), `pci0000:00/${other}/ata2/block/sdb/sdb1`, "8:17");
    block(tree, "virtual/block/md0", "9:0", { "md/level": "raid1" }, ["sda1", "sdb1"]);
    block(tree, "virtual/block/dm-0", "254:0", { "dm/name": "crypt0", "dm/uuid": "CRYPT-LUKS2-1" }, ["md0"]);
    block(tree, "virtual/block/dm-1", "254:1", { "dm/name": "vg-root", "dm/uuid": "LVM-1" }, ["dm-0"]);
    tree.addText("/proc/self/mountinfo", "29 1 254:1 / / rw - xfs /dev/mapper/vg-root rw").addText("/proc/swaps", "Filename Type Size Used Priority\n/dev/sda1 partition 1 0 -2");
    for (const address of [disk, other]) {
      expect(uses(tree)).toContain(`${address} critical mount:/: logical volume vg-root is mounted on /`);
      expect(uses(tree)).toContain(`${address} critical md:md0: RAID array md0 lies on it`);
      expect(uses(tree)).toContain(`${address} critical crypt:crypt0: encrypted volume crypt0 lies on it`);
    }
    expect(uses(tree)).toContain(`${disk} critical swap:/dev/sda1: sda1 is swap space`);
  });

  test("a namespace of native NVMe multipath is carried by every controller of its subsystem", () => {
    const tree = block(aHost(), "virtual/nvme-subsystem/nvme-subsys0/nvme0n1", "259:0");
    tree.addPath("/sys/class/nvme-subsystem/nvme-subsys0/nvme0").addPath("/sys/class/nvme-subsystem/nvme-subsys0/nvme1").addPath("/sys/class/nvme-subsystem/nvme-subsys0/nvme0n1");
    tree.addLink("/sys/class/nvme/nvme0", `../../devices/pci0000:00/${disk}/nvme/nvme0`).addLink("/sys/class/nvme/nvme1", `../../devices/pci0000:00/${other}/nvme/nvme1`);
    tree.addText("/proc/self/mountinfo", "29 1 259:0 / /data rw - xfs /dev/nvme0n1 rw");
    expect(uses(tree)).toEqual([`${disk} critical mount:/data: nvme0n1 is mounted on /data`, `${other} critical mount:/data: nvme0n1 is mounted on /data`]);
  });

  test("btrfs and ZFS over several disks need all of them", () => {
    const tree = block(block(aHost(), `pci0000:00/${disk}/ata1/block/sda/sda1`, "8:1"), `pci0000:00/${other}/ata2/block/sdb/sdb1`, "8:17");
    tree.addPath("/sys/fs/btrfs/1/devices/sda1").addPath("/sys/fs/btrfs/1/devices/sdb1");
    tree.addText("/proc/self/mountinfo", "29 1 0:30 /@ / rw - btrfs /dev/sda1 rw");
    expect(uses(tree).map((use) => use.slice(0, 12))).toEqual([disk, other]);
    tree.addText("/proc/self/mountinfo", "29 1 0:30 / /tank rw - zfs tank rw").addAnswer("zfs-devices", "/dev/sdb1");
    expect(uses(tree)).toEqual([`${other} critical mount:/tank: sdb1 is mounted on /tank`]);
  });
});

describe("displays, keyboards, guests and processes", () => {
  const gpu = "0000:65:00.0";
  test("a monitor, the framebuffer and a keyboard are no reason to go down", () => {
    const tree = aHost()
      .addLink("/sys/class/drm/card1", `../../devices/pci0000:64/${gpu}/drm/card1`).addText("/sys/class/drm/card1-HDMI-A-1/status", "connected").addText("/sys/class/drm/card1-DP-1/status", "disconnected")
      .addLink("/sys/class/graphics/fb0", `../../devices/pci0000:64/${gpu}/graphics/fb0`).addText("/sys/class/graphics/fb0/name", "nouveaudrmfb")
      .addLink("/sys/class/input/input3", "../../devices/pci0000:64/0000:65:00.2/usb3/3-1/3-1:1.0/input/input3").addText("/sys/class/input/input3/name", "USB Keyboard")
      .addLink("/sys/class/input/input9", "../../devices/pci0000:64/0000:65:00.1/sound/card1/input9").addText("/sys/class/input/input9/name", "HDA NVidia HDMI");
    expect(uses(tree)).toEqual([
      `${gpu} - drm:card1: card1 drives a monitor on HDMI-A-1`,
      `${gpu} - framebuffer:fb0: it has the framebuffer fb0 (nouveaudrmfb)`,
      "0000:65:00.2 - input:USB Keyboard: USB Keyboard is attached to it",
    ]);
  });

  test("a guest is found by its arguments, in either form, and by libvirt's file; its own open group is not told twice", () => {
    const tree = aHost().addPath("/sys/kernel/iommu_groups/12/devices/0000:65:00.0").addPath("/sys/kernel/iommu_groups/13/devices/0000:66:00.0");
    tree.addAnswer("guests", `guest\nname guest=instance-1,debug-threads=on\nuuid AAAAAAAA-0000-4000-8000-000000000001\ndevice {"driver":"vfio-pci","host":"${gpu}","id":"hostdev0"}\nguest\nname plain\ndevice vfio-pci,host=66:00.0`);
    tree.addAnswer("domains", "guest\n  <name>instance-1</name>\n  <uuid>aaaaaaaa-0000-4000-8000-000000000001</uuid>\n  <address domain='0x0000' bus='0x65' slot='0x00' function='0x1'/>");
    tree.addAnswer("holders", "/dev/vfio/12 qemu-system-x86");
    expect(factsOf(tree).guests).toEqual({ kind: "value", value: [
      { name: "instance-1", uuid: "aaaaaaaa-0000-4000-8000-000000000001", devices: [gpu, "0000:65:00.1"] },
      { name: "plain", uuid: "", devices: ["0000:66:00.0"] },
    ] });
    expect(uses(tree)).toEqual([
      `${gpu} critical guest:aaaaaaaa-0000-4000-8000-000000000001: guest instance-1 has it`,
      "0000:65:00.1 critical guest:aaaaaaaa-0000-4000-8000-000000000001: guest instance-1 has it",
      "0000:66:00.0 critical guest:plain: guest plain has it",
    ]);
  });

  test("processes by the nodes they have open, without pids", () => {
    const tree = aHost().addText(`/proc/driver/nvidia/gpus/${gpu}/information`, "Model: NVIDIA L40S\nDevice Minor: 3").addPath("/sys/kernel/iommu_groups/12/devices/0000:66:00.0");
    tree.addAnswer("holders", "/dev/nvidia3 nvidia-persistenced\n/dev/nvidia3 python 3\n/dev/nvidia4 other\n/dev/vfio/12 dpdk");
    expect(uses(tree)).toEqual([
      `${gpu} - process:nvidia-persistenced: nvidia-persistenced has /dev/nvidia open`,
      `${gpu} - process:python 3: python 3 has /dev/nvidia open`,
      "0000:66:00.0 - process:dpdk: dpdk has its VFIO group open",
    ]);
  });

  test("a process that goes through iommufd, by the name that VFIO gives the function", () => {
    const tree = aHost().addPath(`/sys/bus/pci/devices/${gpu}/vfio-dev/vfio3`).addPath("/sys/bus/pci/devices/0000:66:00.0/vfio-dev/vfio33");
    tree.addAnswer("holders", "/dev/vfio/devices/vfio3 dpdk\n/dev/vfio/devices/vfio4 other\n/dev/vfio/vfio other");
    expect(uses(tree)).toEqual([`${gpu} - process:dpdk: dpdk has its VFIO device open`]);
  });

  test("without root nobody knows which guests run", () => {
    expect(factsOf(aHost().addAnswer("user-id", "1000")).guests.kind).toBe("unreadable");
    expect(factsOf(aHost()).guests).toEqual({ kind: "value", value: [] });
  });
});
