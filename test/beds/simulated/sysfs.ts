import { configSpace } from "./configSpace";
import type { Files } from "./files";
import type { Machine, PciFunction } from "./machine";

/** Where a function lives below /sys/devices: one folder for each port above it. */
export function deviceFolder(machine: Machine, of: PciFunction): string {
  const above = machine.functions.find((each) => each.address === of.parent);
  if (above) return `${deviceFolder(machine, above)}/${of.address}`;
  return `/sys/devices/pci${of.address.slice(0, of.address.indexOf(":") + 3)}/${of.address}`;
}

export function deviceLink(address: string): string {
  return `/sys/bus/pci/devices/${address}`;
}

/** The attributes of every PCI function (Documentation/ABI/testing/sysfs-bus-pci), before any driver or group is there. */
export function writeDevices(files: Files, machine: Machine): void {
  for (const of of machine.functions) writeDevice(files, machine, of);
}

export function writeDevice(files: Files, machine: Machine, of: PciFunction): void {
  const folder = deviceFolder(machine, of);
  const attributes: Record<string, string> = {
    vendor: `0x${of.vendor}`,
    device: `0x${of.device}`,
    subsystem_vendor: `0x${of.subsystem[0]}`,
    subsystem_device: `0x${of.subsystem[1]}`,
    class: `0x${of.class}`,
    revision: "0xa1",
    irq: "0",
    enable: "0",
    numa_node: "0",
    power_state: "D0",
    d3cold_allowed: "1",
    reset_method: of.resetMethods,
    driver_override: "(null)",
    modalias: modalias(of),
    uevent: uevent(of),
    current_link_speed: "16.0 GT/s PCIe",
    current_link_width: "16",
    max_link_speed: "16.0 GT/s PCIe",
    max_link_width: "16",
  };
  if (of.bootVga !== undefined) attributes.boot_vga = of.bootVga ? "1" : "0";
  for (const [name, text] of Object.entries(attributes)) files.write(`${folder}/${name}`, text);
  files.write(`${folder}/reset`, "", 0o200);
  files.link(deviceLink(of.address), folder);
  files.link(`${folder}/subsystem`, "/sys/bus/pci");
}

/** What pci_uevent (drivers/pci/pci-driver.c) says of every function. */
function uevent(of: PciFunction): string {
  const ids = `PCI_CLASS=${of.class.replace(/^0{1,2}/, "")}\nPCI_ID=${of.vendor}:${of.device}\nPCI_SUBSYS_ID=${of.subsystem[0]}:${of.subsystem[1]}`.toUpperCase();
  return `${ids}\nPCI_SLOT_NAME=${of.address}\nMODALIAS=${modalias(of)}`;
}

function modalias(of: PciFunction): string {
  const id = (text: string) => `0000${text}`.toUpperCase();
  const [base, sub, interf] = [of.class.slice(0, 2), of.class.slice(2, 4), of.class.slice(4)];
  return `pci:v${id(of.vendor)}d${id(of.device)}sv${id(of.subsystem[0])}sd${id(of.subsystem[1])}bc${base}sc${sub}i${interf}`.replace(/(bc|sc|i)([0-9a-f]{2})/g, (_, key: string, value: string) => key + value.toUpperCase());
}

/** Groups, units and ACS as a kernel leaves them that came up with the IOMMU on or off. */
export function writeIommu(files: Files, machine: Machine, on: boolean): void {
  for (const path of ["/sys/kernel/iommu_groups", "/sys/class/iommu", "/sys/devices/virtual/iommu"]) files.remove(path);
  files.folder("/sys/kernel/iommu_groups");
  files.folder("/sys/class/iommu");
  for (const of of machine.functions) joinGroup(files, machine, of, on);
  if (!on) return;
  const unit = "/sys/devices/virtual/iommu/dmar0";
  files.write(`${unit}/intel-iommu/version`, "1:0");
  files.write(`${unit}/intel-iommu/cap`, "d2008c40660462");
  for (const of of machine.functions) files.link(`${unit}/devices/${of.address}`, deviceFolder(machine, of));
  files.link("/sys/class/iommu/dmar0", unit);
}

/** The group of one function, and its configuration space as this boot has it. */
export function joinGroup(files: Files, machine: Machine, of: PciFunction, on: boolean): void {
  const folder = deviceFolder(machine, of);
  const multifunction = machine.functions.filter((each) => each.address.slice(0, -1) === of.address.slice(0, -1)).length > 1;
  files.write(`${folder}/config`, configSpace(of, multifunction, on));
  files.remove(`${folder}/iommu_group`);
  if (!on) return;
  const group = `/sys/kernel/iommu_groups/${of.group}`;
  files.write(`${group}/type`, "DMA-FQ");
  files.write(`${group}/reserved_regions`, "0x00000000fee00000 0x00000000feefffff msi");
  files.link(`${group}/devices/${of.address}`, folder);
  files.link(`${folder}/iommu_group`, group);
}
