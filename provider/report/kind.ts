import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** PCIe port types (include/uapi/linux/pci_regs.h). */
export const rootPort = 4;
export const upstreamPort = 5;
export const downstreamPort = 6;

const ports: ReadonlyMap<number, string> = new Map([[rootPort, "root port"], [upstreamPort, "switch, upstream port"], [downstreamPort, "switch, downstream port"], [7, "PCIe-to-PCI bridge"], [8, "PCI-to-PCIe bridge"]]);

const classes: readonly (readonly [prefix: string, kind: string])[] = [
  ["0108", "NVMe disk"], ["0106", "SATA controller"], ["01", "storage controller"], ["0207", "InfiniBand"], ["02", "network card"], ["0300", "display (VGA)"],
  ["0302", "3D controller"], ["03", "display"], ["0403", "audio"], ["04", "multimedia"], ["0600", "host bridge"], ["0601", "ISA bridge"], ["0604", "PCI bridge"],
  ["0680", "bridge or switch"], ["06", "bridge"], ["05", "memory controller"], ["07", "communication"], ["0806", "IOMMU"], ["08", "system device"], ["0c03", "USB controller"],
  ["0c05", "SMBus"], ["0c80", "serial bus"], ["0c", "serial bus"], ["10", "encryption"], ["11", "signal processing"], ["12", "accelerator"],
];

/** What a function is, in words; of a PCI bridge the kind of port. */
export function kindOf(device: PciDevice): string {
  const text = known(device.class) ?? "";
  const config = known(device.config);
  const port = config === undefined || !text.startsWith("0604") ? undefined : ports.get(known(config.pcieType) ?? -1);
  return port ?? classes.find(([prefix]) => text.startsWith(prefix))?.[1] ?? (text === "" ? "function" : `class ${text}`);
}
