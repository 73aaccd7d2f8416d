import { type FSWatcher, watch } from "node:fs";
import type { Files } from "./files";
import type { Machine, MdevParent } from "./machine";
import { deviceFolder } from "./sysfs";

const bus = "/sys/class/mdev_bus";
const mediated = "/sys/bus/mdev/devices";
const form = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/;

/**
 * The part of the mdev core that makes mediated devices (drivers/vfio/mdev/mdev_sysfs.c), for one boot. The true kernel acts before a write of
 * `create` or `remove` returns and refuses one by an error; here it acts a moment after, and what it does not take comes to nothing.
 */
export class MediatedDevices {
  private readonly watchers: FSWatcher[] = [];
  private groups = 900;

  constructor(private readonly files: Files, private readonly machine: Machine) {}

  /** Starts a boot: no mediated device is left of the last one. */
  start(): void {
    for (const path of [bus, mediated]) this.files.remove(path);
    const parents = this.machine.mdev ?? [];
    if (parents.length === 0) return;
    this.files.folder(mediated);
    for (const parent of parents) {
      const folder = this.folderOf(parent);
      this.files.link(`${bus}/${parent.name}`, folder);
      for (const [id, { name }] of Object.entries(parent.types)) {
        const path = `${folder}/mdev_supported_types/${id}`;
        this.files.write(`${path}/name`, name);
        this.files.write(`${path}/device_api`, "vfio-pci");
        this.files.remove(`${path}/devices`);
        this.files.folder(`${path}/devices`);
        this.listen(`${path}/create`, (text) => this.make(parent, id, text));
      }
      this.count(parent);
    }
  }

  stop(): void {
    for (const watcher of this.watchers.splice(0)) watcher.close();
  }

  private folderOf({ name }: MdevParent): string {
    const of = this.machine.functions.find(({ address }) => address === name);
    return of === undefined ? `/sys/devices/virtual/${name}/${name}` : deviceFolder(this.machine, of);
  }

  private made(parent: MdevParent, type: string): string[] {
    return this.files.list(`${this.folderOf(parent)}/mdev_supported_types/${type}/devices`);
  }

  private free(parent: MdevParent, type: string): number {
    const others = Object.keys(parent.types).filter((id) => id !== type && this.made(parent, id).length > 0);
    if (parent.oneTypeAtATime === true && others.length > 0) return 0;
    const used = Object.entries(parent.types).reduce((sum, [id, { size }]) => sum + size * this.made(parent, id).length, 0);
    return Math.floor((parent.room - used) / (parent.types[type]?.size ?? 1));
  }

  private count(parent: MdevParent): void {
    for (const id of Object.keys(parent.types)) this.files.write(`${this.folderOf(parent)}/mdev_supported_types/${id}/available_instances`, String(this.free(parent, id)));
  }

  private make(parent: MdevParent, type: string, uuid: string): void {
    if (!form.test(uuid) || this.files.exists(`${mediated}/${uuid}`) || this.free(parent, type) === 0) return;
    const folder = `${this.folderOf(parent)}/${uuid}`;
    const group = this.groups++;
    this.files.folder(`/sys/kernel/iommu_groups/${group}/devices`);
    this.files.write(`/dev/vfio/${group}`, "");
    this.files.link(`${folder}/mdev_type`, `${this.folderOf(parent)}/mdev_supported_types/${type}`);
    this.files.link(`${folder}/iommu_group`, `/sys/kernel/iommu_groups/${group}`);
    this.files.link(`${folder}/driver`, "/sys/bus/mdev/drivers/simulated");
    this.files.link(`${this.folderOf(parent)}/mdev_supported_types/${type}/devices/${uuid}`, folder);
    this.listen(`${folder}/remove`, (text) => text === "1" && this.take(parent, type, uuid, group));
    this.count(parent);
    // Last: whoever waits for the device finds the rest in place.
    this.files.link(`${mediated}/${uuid}`, folder);
  }

  private take(parent: MdevParent, type: string, uuid: string, group: number): void {
    const folder = this.folderOf(parent);
    for (const path of [`${folder}/mdev_supported_types/${type}/devices/${uuid}`, `${folder}/${uuid}`, `/sys/kernel/iommu_groups/${group}`, `/dev/vfio/${group}`]) this.files.remove(path);
    this.count(parent);
    this.files.remove(`${mediated}/${uuid}`);
  }

  private listen(path: string, act: (text: string) => void): void {
    this.files.write(path, "");
    this.watchers.push(watch(this.files.at(path), () => act(this.files.read(path).trim())));
  }
}
