import { writeClassDevices } from "./classDevices";
import type { Faults } from "./faults";
import type { Files } from "./files";
import { KernelFile } from "./kernelFile";
import type { Machine, PciFunction } from "./machine";
import { deviceFolder } from "./sysfs";

/** Drivers of modules that are there but not loaded wait here; the `modprobe` command moves them below /sys/bus/pci/drivers. */
export const waitingDrivers = "/.simulated/drivers";
const drivers = "/sys/bus/pci/drivers";
/** Drivers that take a device only when driver_override names them. */
export const onRequest = ["vfio-pci", "pci-stub"];

/** The part of the PCI core that binds drivers (drivers/base/dd.c, drivers/pci/pci-driver.c), for one boot of one machine. */
export class Drivers {
  private readonly kernelFiles: KernelFile[] = [];

  constructor(private readonly files: Files, private readonly machine: Machine, private readonly faults: Faults) {}

  /** Starts a boot: nothing is bound, every override is gone, native drivers and their control files are there. */
  start(): void {
    for (const of of this.machine.functions) this.forget(of);
    for (const path of [drivers, waitingDrivers]) this.files.remove(path);
    const native = [...new Set(this.machine.functions.flatMap((of) => of.driver ?? []))];
    const folders = [...native.map((name) => `${drivers}/${name}`), ...onRequest.map((name) => `${waitingDrivers}/${name}`)];
    const probe = "/sys/bus/pci/drivers_probe";
    this.files.remove(probe);
    this.files.pipes([probe, ...folders.flatMap((folder) => [`${folder}/bind`, `${folder}/unbind`])]);
    this.listen(probe, (address) => this.probe(address));
    for (const folder of folders) {
      const name = folder.slice(folder.lastIndexOf("/") + 1);
      this.listen(`${folder}/bind`, (address) => this.bind(address, name));
      const unbind = this.listen(`${folder}/unbind`, (address) => this.unbind(address, name));
      if (this.faults.unbindHangs?.includes(name)) unbind.hang();
    }
  }

  stop(): void {
    for (const file of this.kernelFiles.splice(0)) file.close();
  }

  driverOf(of: PciFunction): string | undefined {
    return this.files.linkName(`${deviceFolder(this.machine, of)}/driver`);
  }

  /** Native drivers look at every device: what udev's coldplug comes to. */
  probeAll(): void {
    for (const of of this.machine.functions) this.probe(of.address);
  }

  /**
   * `drivers_probe`: the driver that driver_override names and nobody else, or without one the native driver. A device that is
   * bound is looked at once more a moment later: the unbind that was written before may come through its own pipe after this.
   */
  probe(word: string, last = false): void {
    if (word === "all") return this.probeAll();
    const of = this.machine.functions.find((each) => each.address === word);
    if (!of) return;
    if (this.driverOf(of) !== undefined) {
      if (!last) setTimeout(() => this.kernelFiles.length > 0 && this.probe(word, true), 30);
      return;
    }
    const override = this.override(of);
    // drivers/pci/pci-driver.c, pci_device_can_probe.
    if (override === undefined && this.keptFromDrivers(of)) return;
    const wanted = override ?? of.driver;
    if (wanted) this.bind(word, wanted);
  }

  /** A virtual function while sriov_drivers_autoprobe of its physical one is 0. */
  private keptFromDrivers(of: PciFunction): boolean {
    return of.physical !== undefined && this.files.read(`/sys/bus/pci/devices/${of.physical}/sriov_drivers_autoprobe`) === "0";
  }

  /** A function that is about to go. */
  leave(of: PciFunction): void {
    this.forget(of, this.driverOf(of));
  }

  private bind(address: string, driver: string): void {
    const of = this.machine.functions.find((each) => each.address === address);
    if (!of || this.driverOf(of) !== undefined || !this.files.exists(`${drivers}/${driver}`)) return;
    const override = this.override(of);
    if (override ? override !== driver : of.driver !== driver) return;
    // vfio-pci takes no bridges: vfio_pci_core_register_device says -EINVAL, and the device is left with no driver.
    // Nor anything without a group, when the IOMMU is off.
    if (driver === "vfio-pci" && (of.pcieType !== 0 || !this.files.exists(`${deviceFolder(this.machine, of)}/iommu_group`))) return;
    this.files.link(`${drivers}/${driver}/${address}`, deviceFolder(this.machine, of));
    this.files.write(`${deviceFolder(this.machine, of)}/enable`, driver === "vfio-pci" ? "0" : "1");
    if (driver === of.driver) writeClassDevices(this.files, this.machine, of, true);
    if (driver === "vfio-pci") this.files.write(`/dev/vfio/${of.group}`, "");
    // Last: whoever waits for the driver finds the rest in place.
    this.files.link(`${deviceFolder(this.machine, of)}/driver`, `${drivers}/${driver}`);
  }

  private unbind(address: string, driver: string): void {
    const of = this.machine.functions.find((each) => each.address === address);
    if (of && this.driverOf(of) === driver) this.forget(of, driver);
  }

  /** Takes a driver from its device; without `driver`, whatever an earlier boot left. */
  private forget(of: PciFunction, driver?: string): void {
    const folder = deviceFolder(this.machine, of);
    writeClassDevices(this.files, this.machine, of, false);
    if (driver) this.files.remove(`${drivers}/${driver}/${of.address}`);
    else this.files.write(`${folder}/driver_override`, "(null)");
    const others = this.machine.functions.filter((each) => each.group === of.group && each !== of);
    // /dev/vfio/N is there exactly while a member of group N is on vfio-pci.
    if (!others.some((each) => this.driverOf(each) === "vfio-pci")) this.files.remove(`/dev/vfio/${of.group}`);
    this.files.remove(`${folder}/driver`);
  }

  private override(of: PciFunction): string | undefined {
    const text = this.files.read(`${deviceFolder(this.machine, of)}/driver_override`).trim();
    return text === "" || text === "(null)" ? undefined : text;
  }

  private listen(path: string, act: (word: string) => void): KernelFile {
    const file = new KernelFile(this.files.at(path), act);
    this.kernelFiles.push(file);
    return file;
  }
}
