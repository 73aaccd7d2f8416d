import { join } from "node:path";
import { Api } from "./api";
import { publicUrl } from "./bootstrap";
import { signIn } from "./clients";
import type { Place } from "./configuration";
import type { FakeHost } from "./fakeCompute";
import type { Installation } from "./install";
import type { Started } from "./messageBus";
import type { Processes } from "./processes";
import { service, serviceNames } from "./services";
import type { ServiceName } from "./services";
import { listens, until } from "./waiting";

/** A service of the controller, the proxy before Placement, or the nova-compute of a fake host. */
export type AnyService = ServiceName | "placement-proxy" | `nova-compute-${string}`;

interface ServiceRecord {
  readonly state: string;
  readonly updated_at: string | null;
}

/** How long a busy machine may take to start a service. */
const patienceSeconds = 240;

/** The services of one control plane: started, known to answer, ended. */
export class Running {
  private signedIn: Promise<Api> | undefined;

  constructor(
    private readonly installation: Installation,
    private readonly place: Place,
    readonly processes: Processes,
    /** By the name of their nova-compute. */
    readonly fakes: ReadonlyMap<string, FakeHost>,
  ) {}

  /** Everything, in an order in which nobody misses a service that it cannot wait for. */
  async startAll(): Promise<void> {
    const first: AnyService[] = ["mariadb", "epmd"];
    const rest: AnyService[] = [...serviceNames.filter((name) => !first.includes(name)), "placement-proxy"];
    const fakes = [...this.fakes.values()].map((fake) => fake.service);
    for (const name of first) this.launch(name);
    await Promise.all(first.map((name) => this.ready(name)));
    for (const name of rest) this.launch(name);
    // nova-compute asks for the bus, the conductor and Keystone when it starts, and gives up in the end.
    await Promise.all((["rabbitmq", "keystone"] as const).map((name) => this.ready(name)));
    for (const name of fakes) this.launch(name);
    await Promise.all([...rest, ...fakes].map((name) => this.ready(name)));
  }

  async start(names: readonly AnyService[]): Promise<void> {
    const since = Date.now();
    for (const name of names) this.launch(name);
    await Promise.all(names.map((name) => this.ready(name, since)));
  }

  async stop(names: readonly AnyService[]): Promise<void> {
    if (names.includes("keystone")) this.signedIn = undefined;
    await Promise.all(names.map((name) => this.processes.end(name)));
  }

  /** Requests as the administrator. */
  async api(): Promise<Api> {
    this.signedIn ??= Api.signIn(signIn(publicUrl("identity", this.place.ports), this.place.password));
    return this.signedIn.catch((error: unknown) => {
      this.signedIn = undefined;
      throw error;
    });
  }

  /** Waits until a server can be scheduled to the host: it is up, in a cell, and has its record as a hypervisor. */
  async hypervisor(host: string, seconds = patienceSeconds): Promise<void> {
    await until(`${host} is a hypervisor`, seconds, async () => {
      const { status, body } = await (await this.api()).request("GET", "compute", "/os-hypervisors/detail");
      if (status !== 200) return false;
      const { hypervisors } = body as { hypervisors: { service: { host: string }; state: string }[] };
      return hypervisors.some((one) => one.service.host === host && one.state === "up");
    });
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
    const { placement, placementItself } = this.place.ports;
    return { command: [process.execPath, join(__dirname, "delayingProxy.cjs"), `${placement}`, `${placementItself}`], env: process.env };
  }

  /** Waits until a service answers; a nova service that is no API, until it has reported to Nova since then. */
  private async ready(name: AnyService, since = 0): Promise<void> {
    const port = portOf(name);
    if (port !== undefined) return this.listens(name, this.place.ports[port]);
    const fake = this.fakes.get(name);
    if (fake === undefined) return this.reports(name, name, "controller", since);
    await this.reports(name, "nova-compute", fake.name, since);
    await this.hypervisor(fake.name);
  }

  private async reports(name: AnyService, binary: string, host: string, since: number): Promise<void> {
    await Promise.all([this.listens("keystone", this.place.ports.keystone), this.listens("nova-api", this.place.ports.nova)]);
    await this.until(name, "reports to Nova", async () => {
      const { status, body } = await (await this.api()).request("GET", "compute", `/os-services?binary=${binary}&host=${host}`);
      if (status !== 200) return false;
      const { services } = body as { services: ServiceRecord[] };
      // Nova's times are UTC and do not say so.
      return services.some(({ state, updated_at }) => state === "up" && Date.parse(`${updated_at ?? ""}Z`) > since);
    });
  }

  private listens(name: AnyService, port: number): Promise<void> {
    return this.until(name, `listens at ${port}`, () => listens(port));
  }

  /** Waits for something that a service does; its end before that is an error at once. */
  private until(name: AnyService, what: string, ask: () => Promise<boolean>): Promise<void> {
    const tail = (): string => this.processes.log(name).slice(-3000);
    return until(`${name} ${what}`, patienceSeconds, () => {
      if (!this.processes.runs(name)) throw new Error(`${name} has ended:\n${tail()}`);
      return ask();
    }, tail);
  }
}

function portOf(name: AnyService): keyof Place["ports"] | undefined {
  switch (name) {
    case "nova-api":
      return "nova";
    case "placement":
      return "placementItself";
    case "placement-proxy":
      return "placement";
    case "mariadb":
    case "epmd":
    case "rabbitmq":
    case "keystone":
    case "neutron":
      return name;
    default:
      return undefined;
  }
}
