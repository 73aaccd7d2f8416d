import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";

/** Virtual functions of a card: those that it links to, and those that name it. Either side may not have been read. */
export function functionsOf(device: PciDevice, { pciDevices }: HostFacts): PciDevice[] {
  return pciDevices.filter((each) => known(each.physicalFunction) === device.address || device.sriov?.functions.includes(each.address) === true);
}
