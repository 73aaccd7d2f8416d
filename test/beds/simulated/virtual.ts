import { type FSWatcher, watch } from "node:fs";
import { virtualFunctionAt } from "../../../provider/facts/virtualFunctions";
import type { Drivers } from "./drivers";
import type { Files } from "./files";
import { endpoint, type Machine, type PciFunction } from "./machine";
import { deviceFolder, deviceLink, joinGroup, writeDevice } from "./sysfs";

const manage = "/usr/lib/nvidia/sriov-manage";
/** NVIDIA's tool as far as anybody sees it from outside: all or none. */
const manageText = `#!/bin/sh
device=$GPUHOST_ROOT/sys/bus/pci/devices/$2
case $1 in
  -e) cat "$device/sriov_totalvfs" >"$device/sriov_numvfs" ;;
  -d) echo 0 >"$device/sriov_numvfs" ;;
esac`;

/**
 * The part of the PCI core that makes virtual functions (drivers/pci/iov.c), for one boot. The true kernel acts before a write of sriov_numvfs
 * returns and refuses one by an error; here it acts a moment after, and a number that it does not take is put back.
 */
export class VirtualFunctions {
  private readonly watchers: FSWatcher[] = [];
  private iommuOn = false;

  constructor(private readonly files: Files, private readonly machine: Machine & { readonly functions: PciFunction[] }, private readonly drivers: Drivers) {}

  /** Starts a boot: no virtual function is left of the last one. */
  start(iommuOn: boolean): void {
    this.iommuOn = iommuOn;
    for (const of of this.machine.functions.filter((each) => each.physical !== undefined)) this.take(of);
    for (const of of this.machine.functions) {
      const { sriov } = of;
      if (sriov === undefined) continue;
      const folder = deviceFolder(this.machine, of);
      const attributes = { totalvfs: sriov.total, numvfs: 0, offset: sriov.offset, stride: sriov.stride, vf_device: sriov.device, drivers_autoprobe: 1 };
      for (const [name, of_] of Object.entries(attributes)) this.files.write(`${folder}/sriov_${name}`, String(of_));
      this.files.write(`${folder}/ari_enabled`, "1");
      if (sriov.vgpu !== undefined) this.files.write(manage, manageText, 0o755);
      this.watchers.push(watch(this.files.at(`${folder}/sriov_numvfs`), () => this.written(of)));
    }
  }

  stop(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close();
  }

  private written(of: PciFunction): void {
    const file = `${deviceFolder(this.machine, of)}/sriov_numvfs`;
    const text = this.files.read(file);
    if (!/^\d+$/.test(text)) return;
    const wanted = Number(text);
    const there = this.machine.functions.filter((each) => each.physical === of.address);
    if (wanted === there.length) return;
    // EBUSY for a number that is not reached through 0, ENOENT without the driver, ERANGE for too many.
    if ((wanted > 0 && there.length > 0) || this.drivers.driverOf(of) !== of.driver || wanted > (of.sriov?.total ?? 0)) return this.files.write(file, String(there.length));
    if (wanted === 0) for (const each of there.toReversed()) this.take(each);
    else for (let at = 0; at < wanted; at++) this.add(of, at);
  }

  private add(of: PciFunction, at: number): void {
    const { sriov } = of;
    if (sriov === undefined) return;
    const address = virtualFunctionAt(of.address, sriov.offset, sriov.stride, at) ?? "";
    const made = endpoint({ address, parent: of.parent, vendor: of.vendor, device: sriov.device, subsystem: of.subsystem, class: of.class, driver: sriov.driver, group: sriov.group + at, physical: of.address });
    this.machine.functions.push(made);
    writeDevice(this.files, this.machine, made);
    joinGroup(this.files, this.machine, made, this.iommuOn);
    const folder = deviceFolder(this.machine, made);
    if (sriov.vgpu !== undefined) {
      this.files.write(`${folder}/nvidia/current_vgpu_type`, "0");
      this.files.write(`${folder}/nvidia/creatable_vgpu_types`, Object.entries(sriov.vgpu).map(([id, name]) => `${id} : ${name}`).join("\n"));
      this.files.write(`${folder}/vfio-dev/vfio${made.group}/dev`, "511:0");
    }
    this.files.link(`${folder}/physfn`, deviceFolder(this.machine, of));
    this.drivers.probe(address);
    // Last: whoever waits for the function finds the rest in place.
    this.files.link(`${deviceFolder(this.machine, of)}/virtfn${at}`, folder);
  }

  private take(made: PciFunction): void {
    const folder = deviceFolder(this.machine, made);
    this.drivers.leave(made);
    const physical = this.machine.functions.find((each) => each.address === made.physical);
    const links = physical === undefined ? [] : this.files.list(deviceFolder(this.machine, physical)).filter((name) => name.startsWith("virtfn")).map((name) => `${deviceFolder(this.machine, physical)}/${name}`);
    for (const path of [`/sys/kernel/iommu_groups/${made.group}`, deviceLink(made.address), folder, ...links.filter((link) => this.files.linkName(link) === made.address)]) this.files.remove(path);
    this.machine.functions.splice(this.machine.functions.indexOf(made), 1);
  }
}
