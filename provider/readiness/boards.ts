import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

/** Upstream port of a PCIe switch (include/uapi/linux/pci_regs.h). */
const upstreamPort = 5;

/** Upstream ports of PCIe switches above a device, the nearest first: one on its own board, or one of the mainboard's. */
export function switchesAbove(device: PciDevice, facts: HostFacts): string[] {
  return [...device.upstream].reverse().filter((address) => {
    const config = facts.pciDevices.find((each) => each.address === address)?.config;
    const space = config === undefined ? undefined : known(config);
    return space !== undefined && known(space.pcieType) === upstreamPort;
  });
}

/** Those of `others`, by address, that have any PCIe switch in common with the device. Ports whose config space was not read count for none. */
export function sharedSwitch(device: PciDevice, others: readonly PciDevice[], facts: HostFacts): string[] {
  const own = new Set(switchesAbove(device, facts));
  return others.filter((other) => switchesAbove(other, facts).some((address) => own.has(address))).map(({ address }) => address);
}
