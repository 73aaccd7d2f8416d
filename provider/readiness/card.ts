import type { DeviceUse, HostFacts, IommuGroup, PciDevice } from "../facts/hostFacts";
import { slotOf } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { isOfClass, kindOf } from "./deviceClass";
import { isBoardManagementDisplay } from "./knownDevices";

/** One GPU with everything around it that a rule may look at. */
export interface Card {
  readonly device: PciDevice;
  readonly group: IommuGroup | undefined;
  /** The whole group, itself included, by address. */
  readonly members: readonly PciDevice[];
  /** Other functions of its slot, in whichever group; virtual functions are not among them. */
  readonly companions: readonly PciDevice[];
  /** Members that are neither of its card (another slot, or another virtual function) nor PCI bridges nor host bridges. */
  readonly bystanders: readonly PciDevice[];
  /** What a guest would get: the card, its companions and the bystanders. */
  readonly given: readonly PciDevice[];
  readonly bridges: readonly PciDevice[];
  /** PCI functions above it that were read, from the root port down. */
  readonly upstream: readonly PciDevice[];
  /** What the host uses any member or companion for. */
  readonly uses: readonly DeviceUse[];
}

/** Display and accelerator functions: VGA 0300, 3D 0302, other display 0380, processing accelerator 1200. */
export function isGpu(device: PciDevice): boolean {
  return isOfClass(device, "0300", "0302", "0380", "1200") && !isBoardManagementDisplay(device);
}

/** One of the functions that SR-IOV makes: a card of its own, whatever else is in its slot. */
export function isVirtual(device: PciDevice): boolean {
  return device.physicalFunction.kind === "value";
}

/** On a vfio driver; a virtual function may be offered by its vendor's driver instead (vendor-specific VFIO of NVIDIA's). */
export function isGivenByVfio(device: PciDevice): boolean {
  return isVfioDriver(known(device.driver)) || (isVirtual(device) && device.vfioDevice === true);
}

/** PCI-to-PCI and host bridges: VFIO leaves them alone. */
export function isBridge(device: PciDevice): boolean {
  return isOfClass(device, "0604", "0600");
}

/** vfio-pci and its variants (nvgrace-gpu-vfio-pci, mlx5_vfio_pci, ...). */
export function isVfioDriver(driver: string | undefined): boolean {
  return driver !== undefined && /(^|[-_])vfio[-_]pci$/.test(driver);
}

/** Drivers that do no DMA of the host's own (driver_managed_dma; drivers/pci/pcie/portdrv.c, drivers/pci/pci-stub.c). */
export function leavesGroupViable(driver: string | undefined): boolean {
  return driver === undefined || driver === "pci-stub" || driver === "pcieport" || isVfioDriver(driver);
}

/** Every GPU; of other devices those virtual functions that somebody names. */
export function cards(facts: HostFacts, named: readonly string[] = []): Card[] {
  const devices = new Map(facts.pciDevices.map((device) => [device.address, device]));
  const groups = new Map(facts.iommu.groups.flatMap((group) => group.members.map((member) => [member, group] as const)));
  const found = (addresses: readonly string[]): PciDevice[] => addresses.flatMap((address) => devices.get(address) ?? []);
  return facts.pciDevices.filter((device) => isGpu(device) || (isVirtual(device) && named.includes(device.address))).map((device) => {
    const group = groups.get(device.address);
    const members = found(group?.members ?? []);
    const together = (other: PciDevice): boolean => other === device || (slotOf(other.address) === slotOf(device.address) && !isVirtual(device) && !isVirtual(other));
    const companions = facts.pciDevices.filter((other) => other !== device && together(other));
    const bystanders = members.filter((member) => !together(member) && !isBridge(member));
    const around = new Set([device, ...members, ...companions].map((member) => member.address));
    return {
      device,
      group,
      members,
      companions,
      bystanders,
      given: [device, ...companions, ...bystanders],
      bridges: members.filter(isBridge),
      upstream: found(device.upstream),
      uses: facts.uses.filter((use) => around.has(use.address)),
    };
  });
}

/** "0000:65:00.1 (10de:22bc, snd_hda_intel)", as far as it was read. */
export function described(device: PciDevice): string {
  const ids = device.vendor.kind === "value" && device.device.kind === "value" ? `${device.vendor.value}:${device.device.value}` : undefined;
  const parts = [kindOf(device), ids, known(device.driver)].filter((part) => part !== undefined);
  return parts.length === 0 ? device.address : `${device.address} (${parts.join(", ")})`;
}
