import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../vm/cache";
import { toStderr } from "../vm/cache";
import { mustRun } from "../vm/process";
import type { Api } from "./api";
import { moveStatements, publicUrl } from "./bootstrap";
import { cloudsYaml, environment } from "./clients";
import { computeConf } from "./configuration";
import type { ComputeHost, Place, Reach } from "./configuration";
import { FakeHost, defaultHost } from "./fakeCompute";
import type { FakeCompute, FakeDevice } from "./fakeCompute";
import { installOpenStack } from "./install";
import type { Installation } from "./install";
import { freePorts } from "./ports";
import type { Ports } from "./ports";
import { Processes } from "./processes";
import { Running } from "./running";
import type { AnyService } from "./running";
import { controllerDropIns, initFile, manage, pciFile, writeConfiguration } from "./services";
import { copy, ensureSnapshot } from "./snapshot";

export type { Api } from "./api";
export type { ComputeHost, Reach } from "./configuration";
export type { FakeCompute, FakeDevice } from "./fakeCompute";
export type { Ports } from "./ports";
export type { AnyService } from "./running";

export interface ControlPlaneOptions {
  /** [pci]alias of API, scheduler and conductor. Default: none. */
  readonly aliases?: readonly object[];
  /** [filter_scheduler]pci_in_placement. Default: true. */
  readonly pciInPlacement?: boolean;
  /** Default: none; a VM may join as a compute host. */
  readonly fakeComputes?: readonly FakeCompute[];
  /** Default: lines on stderr. */
  readonly progress?: Progress;
}

/** The real Keystone, Placement, Nova and Neutron of an empty cloud (half a minute), on 127.0.0.1. */
export async function startControlPlane(options: ControlPlaneOptions = {}): Promise<ControlPlane> {
  const progress = options.progress ?? toStderr;
  const installation = await installOpenStack(progress);
  const snapshot = await ensureSnapshot(installation, progress);
  const folder = mkdtempSync(join(tmpdir(), "gpuhost-openstack-"));
  const place: Place = { folder, ports: await freePorts(), password: snapshot.password };
  const processes = Processes.keep(folder);
  try {
    await copy(snapshot.data, join(folder, "data"));
    await copy(snapshot.keys, join(folder, "keystone"));
    const aliases = options.aliases ?? [];
    const pciInPlacement = options.pciInPlacement ?? true;
    writeConfiguration(installation, place, pciInPlacement);
    writeFileSync(initFile(folder), moveStatements(place.ports), { mode: 0o600 });
    writeFileSync(aliasFile(folder), pciFile("alias", aliases));
    const fakes = (options.fakeComputes ?? []).map((fake) => FakeHost.write(fake, place, aliases, pciInPlacement));
    const running = new Running(installation, place, processes, new Map(fakes.map((fake) => [fake.service, fake])));
    await running.startAll();
    return new ControlPlane(installation, place, running);
  } catch (error) {
    await processes.close();
    throw error;
  }
}

function aliasFile(folder: string): string {
  return join(controllerDropIns(folder), "alias.conf");
}

export class ControlPlane {
  constructor(
    private readonly installation: Installation,
    private readonly place: Place,
    private readonly running: Running,
  ) {}

  /** All ports on 127.0.0.1; a VM reaches them through QEMU's guestfwd. */
  get ports(): Ports {
    return this.place.ports;
  }

  /** Of every user and service: admin, nova, placement, neutron, and `openstack` at MariaDB and RabbitMQ. */
  get password(): string {
    return this.place.password;
  }

  get authUrl(): string {
    return publicUrl("identity", this.ports);
  }

  /** Folder of drop-ins that nova-api, nova-scheduler and nova-conductor read when they start. */
  get dropIns(): string {
    return controllerDropIns(this.place.folder);
  }

  /** OS_* variables of the administrator. */
  environment(): Record<string, string> {
    return environment(this.authUrl, this.password);
  }

  /** A clouds.yaml with the one cloud `lab`. */
  cloudsYaml(): string {
    return cloudsYaml(this.authUrl, this.password);
  }

  /** Requests as the administrator. */
  api(): Promise<Api> {
    return this.running.api();
  }

  /** nova.conf of a compute host that finds each service where `reach` says, `address:port`. */
  computeConf(host: ComputeHost, reach: Reach): string {
    return computeConf(host, this.password, reach);
  }

  /** Waits until a server can be scheduled to the host: it is up, in a cell, and has its record as a hypervisor. */
  waitForCompute(host: string, seconds?: number): Promise<void> {
    return this.running.hypervisor(host, seconds);
  }

  /** What a service has written since the bed began. */
  log(name: AnyService): string {
    return this.running.processes.log(name);
  }

  /** Its process while it runs. */
  pid(name: AnyService): number | undefined {
    return this.running.processes.pid(name);
  }

  /** Ends services and returns when they are gone. */
  stopService(...names: AnyService[]): Promise<void> {
    return this.running.stop(names);
  }

  /** Starts services and returns when they answer; a scheduler, conductor or compute, when it reports to Nova again. */
  startService(...names: AnyService[]): Promise<void> {
    return this.running.start(names);
  }

  async restart(...names: AnyService[]): Promise<void> {
    await this.stopService(...names);
    await this.startService(...names);
  }

  /** [pci]alias of API, scheduler and conductor, which are restarted; a compute host's own stays. */
  async setAlias(...aliases: readonly object[]): Promise<void> {
    writeFileSync(aliasFile(this.place.folder), pciFile("alias", aliases));
    await this.restart("nova-api", "nova-conductor", "nova-scheduler");
  }

  /** What a fake host has from now on; nova looks every five seconds. */
  setFakeDevices(devices: readonly FakeDevice[], host: string = defaultHost): void {
    this.fake(host).writeDevices(devices);
  }

  /** [pci]device_spec of a fake host, whose nova-compute is restarted. */
  async setFakeDeviceSpecs(deviceSpecs: readonly object[], host: string = defaultHost): Promise<void> {
    this.fake(host).writeDeviceSpecs(deviceSpecs);
    await this.restart(this.fake(host).service);
  }

  /** From now on every piece of a request reaches Placement so much later, whoever sends it; 0 ends that. */
  delayPlacement(milliseconds: number): void {
    this.running.processes.tell("placement-proxy", `${milliseconds}\n`);
  }

  /** Runs nova-manage, such as `cell_v2 discover_hosts`, and returns what it says. */
  async manage(...args: readonly string[]): Promise<string> {
    const [python, ...rest] = manage("nova", this.installation, this.place, args) as [string, ...string[]];
    return mustRun(python, rest);
  }

  /** Ends every process of the bed and removes its files. */
  close(): Promise<void> {
    return this.running.processes.close();
  }

  private fake(host: string): FakeHost {
    const fake = this.running.fakes.get(`nova-compute-${host}`);
    if (fake === undefined) throw new Error(`${host} is no fake host of this control plane.`);
    return fake;
  }
}
