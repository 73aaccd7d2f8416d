import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import type { Progress } from "../vm/cache";
import { toStderr } from "../vm/cache";
import { mustRun } from "../vm/process";
import { Api } from "./api";
import { moveStatements, publicUrl } from "./bootstrap";
import { cloudsYaml, environment, signIn } from "./clients";
import { computeConf } from "./configuration";
import type { ComputeHost, Place, Reach } from "./configuration";
import { FakeHost, defaultHost } from "./fakeCompute";
import type { FakeCompute, FakeDevice } from "./fakeCompute";
import { installOpenStack } from "./install";
import type { Installation } from "./install";
import type { Started } from "./messageBus";
import { freePorts } from "./ports";
import type { Ports } from "./ports";
import { Processes } from "./processes";
import { controllerDropIns, initFile, manage, pciFile, service, serviceNames, writeConfiguration } from "./services";
import type { ServiceName } from "./services";
import { copy, ensureSnapshot } from "./snapshot";
import { listens, until } from "./waiting";

export type { FakeCompute, FakeDevice } from "./fakeCompute";

/** A service of the controller, Placement's proxy, or the nova-compute of a fake host. */
export type AnyService = ServiceName | "placement-proxy" | `nova-compute-${string}`;

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

interface ServiceRecord {
  readonly binary: string;
  readonly host: string;
  readonly state: string;
  readonly updated_at: string | null;
}

/** Ports of the APIs that are HTTP servers. */
const webPorts = { keystone: "keystone", placement: "placementItself", neutron: "neutron", "nova-api": "nova" } as const;
/** Those that read [pci]alias when they start. */
const aliasReaders = ["nova-api", "nova-conductor", "nova-scheduler"] as const;

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
    writeFileSync(initFile(folder), moveStatements(place.ports), { mode: 0o600 });
    const plane = new ControlPlane(installation, place, processes, options);
    await plane.start();
    return plane;
  } catch (error) {
    await processes.close();
    throw error;
  }
}

export class ControlPlane {
  private readonly fakes: ReadonlyMap<string, FakeHost>;
  private aliases: readonly object[];
  private signedIn: Promise<Api> | undefined;

  constructor(
    private readonly installation: Installation,
    private readonly place: Place,
    private readonly processes: Processes,
    private readonly options: ControlPlaneOptions,
  ) {
    this.aliases = options.aliases ?? [];
    const hosts = (options.fakeComputes ?? []).map((fake) => new FakeHost(fake.host ?? defaultHost, place));
    this.fakes = new Map(hosts.map((host) => [host.service, host]));
  }

  /** Called once, by `startControlPlane`. */
  async start(): Promise<void> {
    const pciInPlacement = this.options.pciInPlacement ?? true;
    writeConfiguration(this.installation, this.place, pciInPlacement);
    this.writeAliases();
    for (const compute of this.options.fakeComputes ?? []) {
      this.fakes.get(`nova-compute-${compute.host ?? defaultHost}`)?.write(compute, this.aliases, pciInPlacement);
    }
    const first: AnyService[] = ["mariadb", "epmd"];
    for (const name of first) this.launch(name);
    await this.port("mariadb", this.ports.mariadb);
    await this.port("epmd", this.ports.epmd);
    const rest: AnyService[] = [...serviceNames.filter((name) => !first.includes(name)), "placement-proxy"];
    for (const name of rest) this.launch(name);
    await this.port("rabbitmq", this.ports.rabbitmq);
    for (const name of this.fakes.keys()) this.launch(name as AnyService);
    await Promise.all([...rest, ...this.fakes.keys()].map((name) => this.ready(name as AnyService)));
  }

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
    this.signedIn ??= Api.signIn(signIn(this.authUrl, this.password));
    return this.signedIn;
  }

  /** nova.conf of a compute host that finds the services where `reach` says, `address:port`. */
  computeConf(host: ComputeHost, reach: Reach): string {
    return computeConf(host, this.password, reach);
  }

  /** Drop-ins of nova-api, nova-scheduler and nova-conductor; they are read when the service starts. */
  get dropIns(): string {
    return controllerDropIns(this.place.folder);
  }

  /** What a service has written to its log so far. */
  log(name: AnyService): string {
    return this.processes.log(name);
  }

  /** Its process while it runs. */
  pid(name: AnyService): number | undefined {
    return this.processes.pid(name);
  }

  /** Ends a service and returns when it is gone. */
  async stopService(name: AnyService): Promise<void> {
    if (name === "keystone") this.signedIn = undefined;
    await this.processes.end(name);
  }

  /** Starts a service and returns when it answers; a nova service, when Nova counts it as up again. */
  async startService(name: AnyService): Promise<void> {
    const since = Date.now();
    this.launch(name);
    await this.ready(name, since);
  }

  async restart(...names: AnyService[]): Promise<void> {
    await Promise.all(names.map(async (name) => {
      await this.stopService(name);
      await this.startService(name);
    }));
  }

  /** [pci]alias of API, scheduler and conductor, which are restarted; a compute host's own alias stays. */
  async setAlias(...aliases: readonly object[]): Promise<void> {
    this.aliases = aliases;
    this.writeAliases();
    await this.restart(...aliasReaders);
  }

  /** What the fake host has from now on; nova looks every five seconds. */
  setFakeDevices(devices: readonly FakeDevice[], host: string = defaultHost): void {
    this.fake(host).writeDevices(devices);
  }

  /** [pci]device_spec of a fake host, whose nova-compute is restarted. */
  async setFakeDeviceSpecs(deviceSpecs: readonly object[], host: string = defaultHost): Promise<void> {
    const fake = this.fake(host);
    writeFileSync(join(fake.dropIns, "device_spec.conf"), pciFile("device_spec", deviceSpecs));
    await this.restart(fake.service);
  }

  /** From now on Placement gets every piece of a request so much later, from everybody; 0 ends it. */
  delayPlacement(milliseconds: number): void {
    this.processes.tell("placement-proxy", `${milliseconds}\n`);
  }

  /** Runs nova-manage, such as `cell_v2 discover_hosts`, and returns what it says. */
  async manage(...args: readonly string[]): Promise<string> {
    const [python, ...rest] = manage("nova", this.installation, this.place, args) as [string, ...string[]];
    return mustRun(python, rest);
  }

  /** Waits until the compute host is up, is in a cell, and has its resource provider: a server can be scheduled to it. */
  async waitForCompute(host: string, seconds = 180): Promise<void> {
    await until(`${host} is a hypervisor`, seconds, async () => {
      const api = await this.api();
      const { hypervisors } = await api.must<{ hypervisors: { service: { host: string }; state: string }[] }>("GET", "compute", "/os-hypervisors/detail");
      return hypervisors.some((one) => one.service.host === host && one.state === "up");
    });
  }

  /** Ends every process of the bed and removes its files. */
  async close(): Promise<void> {
    await this.processes.close();
  }

  private fake(host: string): FakeHost {
    const fake = this.fakes.get(`nova-compute-${host}`);
    if (fake === undefined) throw new Error(`${host} is no fake host of this control plane.`);
    return fake;
  }

  private writeAliases(): void {
    writeFileSync(join(this.dropIns, "alias.conf"), pciFile("alias", this.aliases));
  }

  private launch(name: AnyService): void {
    const { command, env } = this.started(name);
    this.processes.start(name, command, env);
  }

  private started(name: AnyService): Started {
    const fake = this.fakes.get(name);
    if (fake !== undefined) return fake.started(this.installation);
    const known = serviceNames.find((one) => one === name);
    if (known !== undefined) return service(known, this.installation, this.place);
    if (name !== "placement-proxy") throw new Error(`${name} is no service of this control plane.`);
    const ports = [this.ports.placement, this.ports.placementItself].map(String);
    return { command: [process.execPath, join(__dirname, "delayingProxy.cjs"), ...ports], env: process.env };
  }

  private async ready(name: AnyService, since = 0): Promise<void> {
    if (name in webPorts) return this.port(name, this.ports[webPorts[name as keyof typeof webPorts]]);
    if (name === "placement-proxy") return this.port(name, this.ports.placement);
    if (name === "nova-conductor" || name === "nova-scheduler") return this.reports(name, "controller", since);
    const fake = this.fakes.get(name);
    if (fake === undefined) return this.port(name, this.ports[name as "mariadb" | "epmd" | "rabbitmq"]);
    await this.reports("nova-compute", fake.name, since);
    await this.waitForCompute(fake.name);
  }

  /** Waits until a service has reported to Nova since then. Nova's times have no fractions of a second. */
  private async reports(binary: string, host: string, since: number): Promise<void> {
    await Promise.all([this.port("keystone", this.ports.keystone), this.port("nova-api", this.ports.nova)]);
    const seen = async (): Promise<boolean> => {
      const api = await this.api();
      const { services } = await api.must<{ services: ServiceRecord[] }>("GET", "compute", `/os-services?binary=${binary}&host=${host}`);
      return services.some(({ state, updated_at }) => state === "up" && Date.parse(`${updated_at ?? ""}Z`) > since);
    };
    const name = binary === "nova-compute" ? `nova-compute-${host}` : binary;
    await until(`${binary} on ${host} reports to Nova`, 180, seen, () => this.log(name as AnyService).slice(-2000));
  }

  private async port(name: AnyService, port: number): Promise<void> {
    const tail = (): string => this.log(name).slice(-2000);
    await until(`${name} listens`, 180, async () => {
      if (!this.processes.runs(name)) throw new Error(`${name} has ended: ${tail()}`);
      return listens(port);
    }, tail);
  }
}
