import { execFile } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../beds/engine/engine";
import { Stack } from "../beds/engine/stack";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";
import type { Api } from "../beds/openstack/api";
import { installOpenstackPlugin } from "../beds/openstackPlugin/plugin";
import { NovaCompute } from "../beds/vm/compute/novaCompute";
import { startLabHost, topologies, type LabHost, type LabHostOptions } from "../beds/vm/lab";
import { connectionTo } from "../vm/labStack";

/** Everything of one compute host: the host side, what Nova is told, the mark, and a flavor that asks for the card. */
const program = `
const { readFileSync } = require("node:fs");
const gpuhost = require("pulumi-gpuhost");
const { GpuFlavor } = require("pulumi-gpuhost/openstack");
module.exports = gpuhost.program(async () => {
  const { host, nova, ready, flavor } = JSON.parse(readFileSync("region.json", "utf8"));
  const hypervisor = new gpuhost.GpuHost("hv1", host);
  const { connection } = host;
  const { verification } = hypervisor;
  const offered = new gpuhost.NovaPci("hv1", { connection, verification, ...nova });
  const marked = new gpuhost.GpuReady("hv1", { connection, verification, ...ready }, { after: [offered] });
  if (flavor) new GpuFlavor("gpu", flavor);
  return { ready: hypervisor.ready, marked: marked.marked, fingerprint: marked.fingerprint, exposed: offered.exposed };
});
`;

export const card = topologies.compute.cards.gpu!;
export const alias = { name: "gpu", vendor_id: "1234", product_id: "1111", device_type: "type-PCI" };
export const resourceClass = "CUSTOM_PCI_1234_1111";

/** A region of one compute host that is a machine with a real kernel, and the stack that looks after it. */
export class Region {
  private constructor(readonly plane: ControlPlane, readonly host: LabHost, readonly nova: NovaCompute, readonly stack: Stack, readonly api: Api) {}

  static async start(options: LabHostOptions = {}): Promise<Region> {
    const plane = await startControlPlane({ aliases: [alias] });
    let host: LabHost | undefined;
    try {
      const { keystone, placement, rabbitmq, neutron } = plane.ports;
      host = await startLabHost({ kernel: "compute", name: "region", forward: { keystone, placement, rabbit: rabbitmq, neutron }, ...options });
      const nova = new NovaCompute(host);
      await nova.enable();
      await nova.start();
      const name = (await host.read("hostname")).trim();
      await plane.waitForCompute(name, 300);
      const stack = await Stack.create({ program, environment: plane.environment() });
      await installOpenstackPlugin(stack);
      const region = new Region(plane, host, nova, stack, await plane.api());
      region.wish();
      return region;
    } catch (error) {
      await host?.stop();
      await plane.close();
      throw error;
    }
  }

  /** What the stack asks for; `host` and `nova` change parts of it. */
  wish(host: Record<string, unknown> = {}, nova: Record<string, unknown> = {}): void {
    this.stack.write("region.json", JSON.stringify({
      host: {
        connection: connectionTo(this.host),
        cards: [{ address: card.functions[0], id: card.ids[0] }],
        kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
        reboot: "whenNeeded", trustLevel: "single-tenant", drain: { deadlineSeconds: 300 }, ...host,
      },
      nova: { deviceSpecs: [{ address: card.functions[0] }], aliases: [{ name: alias.name }], reportInPlacement: true, ...nova },
      ready: { aggregate: "gpu", createAggregate: { metadata: { gpu: "true" } } },
      flavor: { vcpus: 1, ramMiB: 64, diskGiB: 0, ephemeralGiB: 1, devices: [{ alias: alias.name, count: 1 }] },
    }));
  }

  /** Placement's tree of the host: provider name to class to [total, reserved, used], and its traits. */
  async placement(): Promise<Record<string, { readonly inventory: Record<string, readonly [number, number, number]>; readonly traits: readonly string[] }>> {
    const { resource_providers: providers } = await this.api.must<{ resource_providers: { uuid: string; name: string }[] }>("GET", "placement", "/resource_providers");
    const found: Awaited<ReturnType<Region["placement"]>> = {};
    for (const { uuid, name } of providers) {
      const { inventories } = await this.api.must<{ inventories: Record<string, { total: number; reserved: number }> }>("GET", "placement", `/resource_providers/${uuid}/inventories`);
      const { usages } = await this.api.must<{ usages: Record<string, number> }>("GET", "placement", `/resource_providers/${uuid}/usages`);
      const { traits } = await this.api.must<{ traits: string[] }>("GET", "placement", `/resource_providers/${uuid}/traits`);
      found[name] = {
        inventory: Object.fromEntries(Object.entries(inventories).map(([rc, { total, reserved }]) => [rc, [total, reserved, usages[rc] ?? 0] as const])),
        traits,
      };
    }
    return found;
  }

  /** What Placement has of the card: [total, reserved, used]; undefined without a provider. */
  async offered(address = card.functions[0]!): Promise<readonly [number, number, number] | undefined> {
    const entry = Object.entries(await this.placement()).find(([name]) => name.endsWith(`_${address.toUpperCase()}`));
    return entry === undefined ? undefined : Object.values(entry[1].inventory)[0];
  }

  /** Traits of the host's own provider. */
  async hostTraits(): Promise<readonly string[]> {
    return Object.entries(await this.placement()).find(([name]) => !/_[0-9A-F]{4}:/.test(name))?.[1].traits ?? [];
  }

  async service(): Promise<{ readonly status: string; readonly state: string; readonly disabled_reason: string | null }> {
    const { services } = await this.api.must<{ services: { status: string; state: string; disabled_reason: string | null }[] }>("GET", "compute", "/os-services?binary=nova-compute");
    return services[0]!;
  }

  /** A flavor made by hand that asks for devices; its id. */
  async flavor(name: string, devices: string): Promise<string> {
    const { flavor } = await this.api.must<{ flavor: { id: string } }>("POST", "compute", "/flavors", { flavor: { name, ram: 64, vcpus: 1, disk: 0, "OS-FLV-EXT-DATA:ephemeral": 1 } });
    await this.api.must("POST", "compute", `/flavors/${flavor.id}/os-extra_specs`, { extra_specs: { "pci_passthrough:alias": devices } });
    return flavor.id;
  }

  /** Asks until there is an answer. */
  async wait<T>(ask: () => Promise<T | undefined>, seconds: number): Promise<T> {
    for (const end = Date.now() + seconds * 1000; ;) {
      const answer = await ask();
      if (answer !== undefined) return answer;
      if (Date.now() > end) throw new Error(`nothing after ${seconds} s; nova-compute's log ends:\n${await this.nova.log(40)}`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  async flavorId(name = "gpu"): Promise<string> {
    const { flavors } = await this.api.must<{ flavors: { id: string; name: string }[] }>("GET", "compute", "/flavors/detail?is_public=None");
    const found = flavors.find((flavor) => flavor.name === name);
    if (found === undefined) throw new Error(`no flavor ${name}: ${flavors.map((one) => one.name).join(", ")}`);
    return found.id;
  }

  /** Asks for a server without image and network, and waits until it is ACTIVE or ERROR. */
  async boot(name: string, flavor: string, seconds = 300): Promise<{ readonly id: string; readonly status: string; readonly fault?: { readonly message: string } }> {
    const server = { name, flavorRef: flavor, networks: "none", block_device_mapping_v2: [{ source_type: "blank", destination_type: "local", boot_index: 0, volume_size: 1 }] };
    const { server: made } = await this.api.must<{ server: { id: string } }>("POST", "compute", "/servers", { server });
    return this.until(made.id, (status) => status === "ACTIVE" || status === "ERROR", seconds);
  }

  async until(id: string, done: (status: string, task: string | null) => boolean, seconds = 300): Promise<{ readonly id: string; readonly status: string; readonly fault?: { readonly message: string } }> {
    for (const end = Date.now() + seconds * 1000; ;) {
      const { server } = await this.api.must<{ server: { status: string; fault?: { message: string }; "OS-EXT-STS:task_state": string | null } }>("GET", "compute", `/servers/${id}`);
      if (done(server.status, server["OS-EXT-STS:task_state"])) return { id, ...server };
      if (Date.now() > end) throw new Error(`server ${id} is still ${server.status} (${server["OS-EXT-STS:task_state"]}) after ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  /** Suspends or resumes a server, and waits until that has come to its end. */
  async act(id: string, action: "suspend" | "resume", status: string): Promise<void> {
    await this.api.must("POST", "compute", `/servers/${id}/action`, { [action]: null });
    const ended = await this.until(id, (now, task) => task === null && (now === status || now === "ERROR"), 180);
    if (ended.status !== status) throw new Error(`${action}: the server is ${ended.status}, not ${status}: ${ended.fault?.message ?? ""}`);
  }

  /** Deletes a server and waits until Nova has forgotten it. */
  async delete(id: string, seconds = 120): Promise<void> {
    await this.api.must("DELETE", "compute", `/servers/${id}`);
    for (const end = Date.now() + seconds * 1000; (await this.api.request("GET", "compute", `/servers/${id}`)).status !== 404;) {
      if (Date.now() > end) throw new Error(`server ${id} is still there after ${seconds} s`);
      await new Promise((resolve) => setTimeout(resolve, 1000));
    }
  }

  /** What the server wrote on its serial console, asked of Nova. */
  async console(id: string): Promise<string> {
    const { output } = await this.api.must<{ output: string }>("POST", "compute", `/servers/${id}/action`, { "os-getConsoleOutput": {} });
    return output;
  }

  /** Exit status of `gpuhost inspect --expect`, as a timer on the machine beside it runs it. */
  async inspect(fingerprint: string): Promise<number> {
    const policy = join(this.stack.project, "policy.json");
    writeFileSync(policy, JSON.stringify({ trustLevel: "single-tenant" }));
    const { user, host, port, identityFiles, knownHostsFiles } = connectionTo(this.host) as { user: string; host: string; port: number; identityFiles: string[]; knownHostsFiles: string[] };
    const config = `Host hv1\n  HostName ${host}\n  Port ${port}\n  User ${user}\n  IdentityFile ${identityFiles[0]}\n  UserKnownHostsFile ${knownHostsFiles[0]}\n`;
    const home = this.stack.folder;
    mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, ".ssh", "config"), config);
    return new Promise((resolve) => {
      execFile(process.execPath, [join(root, "dist", "cli", "main.js"), "inspect", "--host", "hv1", "--policy", policy, "--expect", fingerprint], { env: { ...process.env, HOME: home, SSH_AUTH_SOCK: "" } },
        (error) => resolve(error === null ? 0 : Number(error.code)));
    });
  }

  async stop(): Promise<void> {
    this.stack.dispose();
    await this.host.stop();
    await this.plane.close();
  }
}
