import { bars } from "./bars";
import { parseConfigSpace } from "./configSpace";
import type { PciDevice } from "./hostFacts";
import { addressesInPath, comparePciAddresses, isPciAddress } from "./pciAddress";
import { absent, mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { virtualFunctions } from "./virtualFunctions";
import { flag, hexId, integer, lastSegment, malformed, nonEmpty } from "./values";

const root = "/sys/bus/pci/devices";

/** Every PCI function of the host (Documentation/ABI/testing/sysfs-bus-pci), by address. */
export function pciDevices(snapshot: Snapshot): PciDevice[] {
  const names = snapshot.list(root);
  if (names.kind !== "value") return [];
  return names.value
    .map((name) => {
      if (!isPciAddress(name)) throw malformed(root, name, "a PCI address");
      return name;
    })
    .sort(comparePciAddresses)
    .map((address) => pciDevice(snapshot, address));
}

function pciDevice(snapshot: Snapshot, address: string): PciDevice {
  const directory = `${root}/${address}`;
  const text = (name: string): Reading<string> => snapshot.text(`${directory}/${name}`);
  const hex = (name: string, digits: number): Reading<string> => hexId(text(name), `${directory}/${name}`, digits);
  const number = (name: string): Reading<number> => integer(text(name), `${directory}/${name}`);
  return {
    address,
    vendor: hex("vendor", 4),
    device: hex("device", 4),
    subsystemVendor: hex("subsystem_vendor", 4),
    subsystemDevice: hex("subsystem_device", 4),
    class: hex("class", 6),
    revision: hex("revision", 2),
    driver: mapReading(snapshot.link(`${directory}/driver`), lastSegment),
    driverOverride: driverOverride(text("driver_override")),
    iommuGroup: mapReading(snapshot.link(`${directory}/iommu_group`), (target) => groupNumber(`${directory}/iommu_group`, target)),
    modalias: nonEmpty(text("modalias")),
    numaNode: number("numa_node"),
    bootVga: flag(text("boot_vga"), `${directory}/boot_vga`),
    enabled: mapReading(number("enable"), (count) => count > 0),
    powerState: nonEmpty(text("power_state")),
    resetMethods: mapReading(text("reset_method"), (methods) => methods.split(/\s+/).filter((method) => method !== "")),
    resettable: mapReading(snapshot.list(directory), (names) => names.includes("reset")),
    d3coldAllowed: flag(text("d3cold_allowed"), `${directory}/d3cold_allowed`),
    bars: bars(nonEmpty(text("resource")), `${directory}/resource`, snapshot.bytes(`${directory}/config`)),
    totalVfs: number("sriov_totalvfs"),
    numVfs: number("sriov_numvfs"),
    physicalFunction: mapReading(snapshot.link(`${directory}/physfn`), lastSegment),
    ...virtualFunctions(snapshot, directory),
    ...xgmiHive(text("xgmi_hive_info/xgmi_hive_id")),
    link: {
      currentSpeed: nonEmpty(text("current_link_speed")),
      currentWidth: nonEmpty(text("current_link_width")),
      maxSpeed: nonEmpty(text("max_link_speed")),
      maxWidth: nonEmpty(text("max_link_width")),
    },
    upstream: upstream(snapshot.link(directory), address),
    ...(snapshot.link(directory).kind === "unreadable" ? { upstreamNotRead: true } : {}),
    config: mapReading(snapshot.bytes(`${directory}/config`), parseConfigSpace),
  };
}

/** A number of 64 bits (drivers/gpu/drm/amd/amdgpu/amdgpu_xgmi.c), kept as text; 0 is no hive. */
function xgmiHive(reading: Reading<string>): { readonly xgmiHive?: Reading<string> } {
  const hive = nonEmpty(reading);
  return hive.kind === "absent" || (hive.kind === "value" && hive.value === "0") ? {} : { xgmiHive: hive };
}

/** The kernel prints an unset override as "(null)" (drivers/pci/pci-sysfs.c). */
function driverOverride(reading: Reading<string>): Reading<string> {
  const text = nonEmpty(reading);
  return text.kind === "value" && text.value === "(null)" ? absent : text;
}

function groupNumber(path: string, target: string): number {
  const name = lastSegment(target);
  if (!/^\d+$/.test(name)) throw malformed(path, target, "a link to an IOMMU group");
  return Number(name);
}

/** The functions that the device's own place in sysfs names above it. */
function upstream(link: Reading<string>, address: string): string[] {
  return link.kind === "value" ? addressesInPath(link.value).filter((above) => above !== address) : [];
}

