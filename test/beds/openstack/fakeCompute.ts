import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { computeConf } from "./configuration";
import type { Place } from "./configuration";
import { pythonProgram } from "./install";
import type { Installation } from "./install";
import type { Started } from "./messageBus";
import { pciFile } from "./services";

/** A device of a host that does not exist, as nova's PCI tracker is told of it. */
export interface FakeDevice {
  /** `0000:3b:00.0` */
  readonly address: string;
  /** Four hex digits. */
  readonly vendorId: string;
  readonly productId: string;
  /** Default: type-PCI. */
  readonly type?: "type-PCI" | "type-PF" | "type-VF";
  /** Of a type-VF: its physical function. */
  readonly parentAddress?: string;
  /** Default: 0. */
  readonly numaNode?: number;
}

/** A nova-compute with nova's own fake driver: it can be scheduled to, and no guest ever runs. */
export interface FakeCompute {
  /** Name of the host. Default: compute1. */
  readonly host?: string;
  readonly devices: readonly FakeDevice[];
  /** [pci]device_spec, one object for each line. Default: none, and then nova sees no device. */
  readonly deviceSpecs?: readonly object[];
  /** [pci]alias. Default: the control plane's. */
  readonly aliases?: readonly object[];
  /** [pci]report_in_placement. Default: true. */
  readonly reportInPlacement?: boolean;
}

export const defaultHost = "compute1";

/** Files of one fake host, below the control plane's folder. */
export class FakeHost {
  private constructor(
    readonly name: string,
    private readonly folder: string,
  ) {}

  static write(compute: FakeCompute, place: Place, aliases: readonly object[], pciInPlacement: boolean): FakeHost {
    const name = compute.host ?? defaultHost;
    const host = new FakeHost(name, join(place.folder, name));
    mkdirSync(host.dropIns, { recursive: true });
    const driver = "gpuhost_fake.ListedDevicesDriver";
    const settings = { host: name, stateFolder: host.folder, driver, reportInPlacement: compute.reportInPlacement ?? true, pciInPlacement };
    const conf = computeConf(settings, place.password, (service) => `127.0.0.1:${place.ports[service]}`);
    writeFileSync(join(host.folder, "nova.conf"), conf, { mode: 0o600 });
    writeFileSync(join(host.dropIns, "alias.conf"), pciFile("alias", compute.aliases ?? aliases));
    host.writeDeviceSpecs(compute.deviceSpecs ?? []);
    host.writeDevices(compute.devices);
    return host;
  }

  get service(): `nova-compute-${string}` {
    return `nova-compute-${this.name}`;
  }

  /** Drop-ins of its nova-compute, which reads them when it starts. */
  get dropIns(): string {
    return join(this.folder, "conf.d");
  }

  writeDeviceSpecs(deviceSpecs: readonly object[]): void {
    writeFileSync(join(this.dropIns, "device_spec.conf"), pciFile("device_spec", deviceSpecs));
  }

  /** The PCI tracker looks at them every five seconds. */
  writeDevices(devices: readonly FakeDevice[]): void {
    const listed = devices.map((device) => ({
      address: device.address, vendor_id: device.vendorId, product_id: device.productId, status: "available",
      dev_type: device.type ?? "type-PCI", parent_addr: device.parentAddress ?? null, numa_node: device.numaNode ?? 0,
      label: `label_${device.vendorId}_${device.productId}`,
    }));
    writeFileSync(this.devicesFile, JSON.stringify(listed));
  }

  started(installation: Installation): Started {
    const files = ["--config-file", join(this.folder, "nova.conf"), "--config-dir", this.dropIns];
    return { command: [...pythonProgram(installation, "nova-compute"), ...files], env: { ...process.env, GPUHOST_FAKE_DEVICES: this.devicesFile } };
  }

  private get devicesFile(): string {
    return join(this.folder, "devices.json");
  }
}
