import type { PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** Whether the class (six hex digits: class, subclass, interface) begins so; one that was not read begins with nothing. */
export function isOfClass(device: PciDevice, ...beginnings: readonly string[]): boolean {
  const code = known(device.class);
  return code !== undefined && beginnings.some((beginning) => code.startsWith(beginning));
}

/** The first that fits counts. Names: pci.ids, list of classes. */
const kinds: readonly (readonly [string, string])[] = [
  ["0106", "SATA controller"], ["0108", "NVMe disk"], ["01", "storage controller"], ["02", "network card"], ["03", "GPU"], ["12", "GPU"],
  ["0403", "audio"], ["04", "multimedia"], ["0680", "bridge or switch"], ["0c03", "USB controller"], ["0c80", "serial bus"],
];

/** For people; undefined: nothing that has a name here. */
export function kindOf(device: PciDevice): string | undefined {
  return kinds.find(([beginning]) => isOfClass(device, beginning))?.[1];
}
