import type { LabHost } from "../labHost";

/** Binds PCI functions to a driver by driver_override, whatever has them now. A failure names the function. */
export async function bindTo(host: LabHost, driver: string, addresses: readonly string[]): Promise<void> {
  await host.read(`modprobe ${driver}
    for address in ${addresses.join(" ")}; do
      device=/sys/bus/pci/devices/$address
      echo ${driver} >$device/driver_override
      [ ! -e $device/driver ] || echo $address >$device/driver/unbind
      echo $address >/sys/bus/pci/drivers_probe
      [ "$(basename "$(readlink $device/driver)")" = ${driver} ] || { echo "$address is not on ${driver}" >&2; exit 1; }
    done`);
}

/** Takes away every override of these functions and lets the kernel choose their drivers. */
export async function giveBack(host: LabHost, addresses: readonly string[]): Promise<void> {
  await host.read(`for address in ${addresses.join(" ")}; do
      device=/sys/bus/pci/devices/$address
      echo >$device/driver_override
      [ ! -e $device/driver ] || echo $address >$device/driver/unbind
      echo $address >/sys/bus/pci/drivers_probe
    done`);
}

/** Driver of each function, "" where it has none. */
export async function driversOf(host: LabHost, addresses: readonly string[]): Promise<Record<string, string>> {
  const text = await host.read(`for address in ${addresses.join(" ")}; do
      driver=$(readlink /sys/bus/pci/devices/$address/driver) || driver=
      echo "$address \${driver##*/}"
    done`);
  return Object.fromEntries(text.split("\n").map((line) => [line.split(" ")[0] ?? "", line.split(" ")[1] ?? ""]));
}

/**
 * Puts a card with virtual functions (NVMe, 1b36:0010, sriov_totalvfs 2; Nova calls it type-PF) into the empty port of the
 * `compute` topology, where it is 0000:06:00.0, and waits until libvirt knows it too, as Nova asks libvirt. A host that has
 * it cannot be saved any more.
 */
export async function plugSriovCard(host: LabHost): Promise<string> {
  const limits = { max_ioqpairs: 6, msix_qsize: 7, sriov_max_vfs: 2, sriov_vq_flexible: 4, sriov_vi_flexible: 4 };
  await host.qmp("device_add", { driver: "nvme", id: "sriov-card", bus: "rp5", serial: "lab", subsys: "sriov", ...limits });
  const address = "0000:06:00.0";
  await host.read(`left=100
    until [ -e /sys/bus/pci/devices/${address}/sriov_totalvfs ] && virsh nodedev-dumpxml pci_0000_06_00_0 >/dev/null 2>&1; do
      [ $((left -= 1)) -gt 0 ] || { echo "${address} did not come" >&2; exit 1; }; sleep 0.5
    done`);
  return address;
}
