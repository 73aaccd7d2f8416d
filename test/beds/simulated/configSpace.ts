import type { PciFunction } from "./machine";

/** Bits of the ACS control register that the kernel switches on when there is an IOMMU: SV, RR, CR, UF. */
const isolating = 0x1d;

/**
 * The 4096 bytes of a PCIe function's configuration space, with the capabilities that readiness looks at: PCIe with FLR on
 * endpoints, ACS on ports (include/uapi/linux/pci_regs.h). `acsOn`: an IOMMU driver asked for ACS in this boot.
 */
export function configSpace(of: PciFunction, multifunction: boolean, acsOn: boolean): Buffer {
  const bytes = Buffer.alloc(4096);
  const port = of.pcieType !== 0;
  bytes.writeUInt16LE(parseInt(of.vendor, 16), 0x00);
  bytes.writeUInt16LE(parseInt(of.device, 16), 0x02);
  bytes.writeUInt16LE(0x0406, 0x04);
  bytes.writeUInt16LE(0x0010, 0x06);
  bytes[0x08] = 0xa1;
  bytes.writeUIntLE(parseInt(of.class, 16), 0x09, 3);
  bytes[0x0e] = (port ? 1 : 0) | (multifunction ? 0x80 : 0);
  if (!port) {
    bytes.writeUInt16LE(parseInt(of.subsystem[0], 16), 0x2c);
    bytes.writeUInt16LE(parseInt(of.subsystem[1], 16), 0x2e);
  }
  bytes[0x34] = 0x60;
  capability(bytes, 0x60, 0x01, 0x78);
  bytes.writeUInt16LE(0x0008, 0x64);
  capability(bytes, 0x78, 0x10, 0);
  bytes.writeUInt16LE(0x0002 | (of.pcieType << 4), 0x7a);
  if (of.resetMethods.split(" ").includes("flr")) bytes.writeUInt32LE(0x10000000, 0x7c);
  if (of.acs) {
    bytes.writeUInt32LE(0x0d | (1 << 16), 0x100);
    bytes.writeUInt16LE(0x1f, 0x104);
    bytes.writeUInt16LE(acsOn ? isolating : 0, 0x106);
  } else {
    // An AER capability, so that a reader finds extended space that was read and holds neither ACS nor ATS.
    bytes.writeUInt32LE(0x01 | (2 << 16), 0x100);
  }
  return bytes;
}

function capability(bytes: Buffer, at: number, id: number, next: number): void {
  bytes[at] = id;
  bytes[at + 1] = next;
}
