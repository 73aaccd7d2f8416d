/** Where a device sits: QEMU's bus id and the slot on it. */
interface Slot {
  bus: string;
  addr: string;
}

/** A passthrough candidate of a topology, with what the kernel is expected to make of it. */
export interface Card {
  /** PCI addresses of its functions. */
  functions: string[];
  /** `vendor:device` by function. */
  ids: string[];
  /** Every member of its IOMMU group when the IOMMU is on, sorted. Compared with the running kernel by lab.test.ts. */
  group: string[];
}

export interface Topology {
  disk: Slot;
  /** The network card that SSH comes through. */
  nic: Slot;
  /** QEMU -device and -netdev arguments in order. */
  devices: string[];
  cards: Record<string, Card>;
  /** Default 768. */
  memoryMebibytes?: number;
  /** Default 1. */
  processors?: number;
}

export type TopologyName = keyof typeof topologies;

const display = "1234:1111";
const audio = "8086:293e";

function rootPort(id: string, addr: string, more = ""): string[] {
  const number = Number.parseInt(id.slice(2), 10);
  return ["-device", `pcie-root-port,id=${id},bus=pcie.0,addr=${addr},chassis=${number},slot=${number}${more}`];
}

/** Two ports of one slot without Access Control Services: the kernel cannot tell their devices apart. */
function portsWithoutAcs(first: string, second: string, slot: string): string[] {
  return [
    ...rootPort(first, `${slot}.0`, ",multifunction=on,disable-acs=on"),
    ...rootPort(second, `${slot}.1`, ",disable-acs=on"),
  ];
}

function displayAndAudio(bus: string): string[] {
  return ["-device", `secondary-vga,bus=${bus},addr=0.0,multifunction=on,romfile=`, "-device", `ich9-intel-hda,bus=${bus},addr=0.1`];
}

function twoFunctionCard(bus: string, ports: string[] = []): Card {
  const functions = [`0000:${bus}:00.0`, `0000:${bus}:00.1`];
  return { functions, ids: [display, audio], group: [...ports, ...functions] };
}

/**
 * basic: disk 00:02.0 and SSH card 00:03.0 each alone in a group, and three cards, each alone behind a root port:
 *   clean   01:00.0                 1af4:1050, one function (driver virtio-pci, the same as the disk's)
 *   first   02:00.0 and 02:00.1     display and audio, identical with
 *   second  03:00.0 and 03:00.1     so that one can stay with the host (full kernel: bochs-drm, snd_hda_intel)
 */
const basic: Topology = {
  disk: { bus: "pcie.0", addr: "0x2" },
  nic: { bus: "pcie.0", addr: "0x3" },
  devices: [
    ...rootPort("rp1", "0x10"), "-device", "virtio-gpu-pci,bus=rp1,romfile=",
    ...rootPort("rp2", "0x11"), ...displayAndAudio("rp2"),
    ...rootPort("rp3", "0x12"), ...displayAndAudio("rp3"),
  ],
  cards: {
    clean: { functions: ["0000:01:00.0"], ids: ["1af4:1050"], group: ["0000:01:00.0"] },
    first: twoFunctionCard("02"),
    second: twoFunctionCard("03"),
  },
};

/**
 * hazards: every display card shares its group with something, or is in use.
 *   besideNic      01:00.0  two ports of one slot without ACS; the other holds e1000e 02:00.0
 *   besideDisk     03:00.0  the same, with the boot disk 04:00.0
 *   besideSshNic   05:00.0  the same, with the network card of SSH 06:00.0
 *   behindBridge   08:01.0  PCIe-to-PCI bridge 07:00.0, together with e1000 08:02.0
 *   behindSwitch   0b:00.0 and .1  downstream port 0a:00.0 of a switch; its other port 0a:01.0 with 0c:00.0 is a group of its own
 *   bootDisplay    0d:00.0  alone, class VGA, the one the firmware used (boot_vga is 1)
 */
const hazards: Topology = {
  disk: { bus: "rp4", addr: "0x0" },
  nic: { bus: "rp6", addr: "0x0" },
  devices: [
    ...portsWithoutAcs("rp1", "rp2", "0x10"),
    "-device", "bochs-display,bus=rp1,romfile=",
    "-netdev", "user,id=n1,restrict=on", "-device", "e1000e,bus=rp2,netdev=n1,romfile=",
    ...portsWithoutAcs("rp3", "rp4", "0x11"),
    "-device", "bochs-display,bus=rp3,romfile=",
    ...portsWithoutAcs("rp5", "rp6", "0x12"),
    "-device", "bochs-display,bus=rp5,romfile=",
    ...rootPort("rp7", "0x13"),
    "-device", "pcie-pci-bridge,id=bridge,bus=rp7,addr=0x0",
    "-device", "bochs-display,bus=bridge,addr=0x1,romfile=",
    "-netdev", "user,id=n2,restrict=on", "-device", "e1000,bus=bridge,addr=0x2,netdev=n2,romfile=",
    ...rootPort("rp8", "0x14"),
    "-device", "x3130-upstream,id=up,bus=rp8",
    "-device", "xio3130-downstream,id=down0,bus=up,addr=0x0,chassis=20,slot=20",
    "-device", "xio3130-downstream,id=down1,bus=up,addr=0x1,chassis=21,slot=21",
    ...displayAndAudio("down0"),
    "-device", "pci-testdev,bus=down1",
    ...rootPort("rp9", "0x15"),
    "-device", "ati-vga,bus=rp9,romfile=",
  ],
  cards: {
    besideNic: { functions: ["0000:01:00.0"], ids: [display], group: ["0000:00:10.0", "0000:00:10.1", "0000:01:00.0", "0000:02:00.0"] },
    besideDisk: { functions: ["0000:03:00.0"], ids: [display], group: ["0000:00:11.0", "0000:00:11.1", "0000:03:00.0", "0000:04:00.0"] },
    besideSshNic: { functions: ["0000:05:00.0"], ids: [display], group: ["0000:00:12.0", "0000:00:12.1", "0000:05:00.0", "0000:06:00.0"] },
    behindBridge: { functions: ["0000:08:01.0"], ids: [display], group: ["0000:07:00.0", "0000:08:01.0", "0000:08:02.0"] },
    behindSwitch: twoFunctionCard("0b", ["0000:0a:00.0"]),
    bootDisplay: { functions: ["0000:0d:00.0"], ids: ["1002:5046"], group: ["0000:0d:00.0"] },
  },
};

/**
 * compute: what a compute host of OpenStack may have to give away, with drivers of their own on all but one:
 *   gpu           01:00.0 and 01:00.1  display and audio alone behind a root port, identical with
 *   twin          02:00.0 and 02:00.1
 *   behindBridge  04:01.0  1002:5046, no driver; PCIe-to-PCI bridge 03:00.0, together with e1000 04:02.0
 *   nic           05:00.0  e1000e, alone
 * Port `rp5` (bus 06) is empty: `plugSriovCard` puts a card with virtual functions there, which no saved state can hold
 * (igb could be held; it needs QEMU 8, and Debian 12 has 7.2).
 */
const compute: Topology = {
  disk: { bus: "pcie.0", addr: "0x2" },
  nic: { bus: "pcie.0", addr: "0x3" },
  devices: [
    ...rootPort("rp1", "0x10"), ...displayAndAudio("rp1"),
    ...rootPort("rp2", "0x11"), ...displayAndAudio("rp2"),
    ...rootPort("rp3", "0x12"),
    "-device", "pcie-pci-bridge,id=bridge,bus=rp3,addr=0x0",
    "-device", "ati-vga,bus=bridge,addr=0x1,romfile=",
    "-netdev", "user,id=n1,restrict=on", "-device", "e1000,bus=bridge,addr=0x2,netdev=n1,romfile=",
    ...rootPort("rp4", "0x13"),
    "-netdev", "user,id=n2,restrict=on", "-device", "e1000e,bus=rp4,netdev=n2,romfile=",
    ...rootPort("rp5", "0x14"),
    "-device", "nvme-subsys,id=sriov",
  ],
  cards: {
    gpu: twoFunctionCard("01"),
    twin: twoFunctionCard("02"),
    behindBridge: { functions: ["0000:04:01.0"], ids: ["1002:5046"], group: ["0000:03:00.0", "0000:04:01.0", "0000:04:02.0"] },
    nic: { functions: ["0000:05:00.0"], ids: ["8086:10d3"], group: ["0000:05:00.0"] },
  },
  memoryMebibytes: 1536,
  processors: 2,
};

export const topologies = { basic, hazards, compute } satisfies Record<string, Topology>;
