import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync, readFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Api, type Answer } from "../beds/openstack/api";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";

const card = { address: "0000:3b:00.0", vendorId: "10de", productId: "20b5" };
const other = { address: "0000:af:00.0", vendorId: "10de", productId: "20b5", numaNode: 1 };
const nic = { address: "0000:17:00.0", vendorId: "8086", productId: "1592" };
const spec = ({ address }: { address: string }): object => ({ address, resource_class: "CUSTOM_GPU_A100" });

interface Provider {
  uuid: string;
  name: string;
}

let plane: ControlPlane;
let flavors = 0;

/** Names of the resource providers below the fake host, and the inventory of each: `{ class: total }`. */
async function devices(): Promise<Record<string, Record<string, number>>> {
  const api = await plane.api();
  const { resource_providers: all } = await api.must<{ resource_providers: Provider[] }>("GET", "placement", "/resource_providers");
  const found: Record<string, Record<string, number>> = {};
  for (const { uuid, name } of all.filter((one) => one.name.startsWith("compute1_"))) {
    const { inventories } = await api.must<{ inventories: Record<string, { total: number }> }>("GET", "placement", `/resource_providers/${uuid}/inventories`);
    found[name] = Object.fromEntries(Object.entries(inventories).map(([kind, { total }]) => [kind, total]));
  }
  return found;
}

/** Asks for a server by a flavor with one device of the alias. No image: the fake driver runs nothing. */
async function boot(alias: string): Promise<Answer> {
  const api = await plane.api();
  const { flavor } = await api.must<{ flavor: { id: string } }>("POST", "compute", "/flavors", {
    flavor: { name: `flavor-${++flavors}`, ram: 64, vcpus: 1, disk: 0, "OS-FLV-EXT-DATA:ephemeral": 1 },
  });
  await api.must("POST", "compute", `/flavors/${flavor.id}/os-extra_specs`, { extra_specs: { "pci_passthrough:alias": `${alias}:1` } });
  const block = { source_type: "blank", destination_type: "local", boot_index: 0, volume_size: 1 };
  return api.request("POST", "compute", "/servers", {
    server: { name: alias, flavorRef: flavor.id, networks: "none", block_device_mapping_v2: [block] },
  });
}

describe("the control plane", () => {
  beforeAll(async () => {
    const alias = { name: "a100", resource_class: "CUSTOM_GPU_A100" };
    plane = await startControlPlane({ aliases: [alias], fakeComputes: [{ devices: [card, other, nic], deviceSpecs: [spec(card)] }] });
  });

  afterAll(() => plane?.close());

  it("gives a token, and its catalog leads to services that accept it", async () => {
    const api = await plane.api();
    expect(api.token).not.toBe("");
    expect((await api.request("GET", "placement", "/resource_classes")).status).toBe(200);
    expect((await api.request("GET", "network", "/v2.0/networks")).body).toMatchObject({ networks: [] });
    expect((await api.request("GET", "compute", "/servers")).body).toEqual({ servers: [] });
    expect(plane.environment()).toMatchObject({ OS_AUTH_URL: api.endpoint("identity"), OS_PASSWORD: plane.password });
  });

  it("refuses a wrong password", async () => {
    const signIn = Api.signIn({ authUrl: plane.authUrl, username: "admin", password: "wrong", projectName: "admin" });
    await expect(signIn).rejects.toThrow(/401/);
  });

  it("has the exposed card of the fake host in Placement, and nothing that no device_spec names", async () => {
    await expect.poll(devices, { timeout: 180_000 }).toEqual({ "compute1_0000:3B:00.0": { CUSTOM_GPU_A100: 1 } });
    await plane.setFakeDeviceSpecs([spec(card), spec(other)]);
    await expect.poll(devices, { timeout: 180_000 }).toEqual({
      "compute1_0000:3B:00.0": { CUSTOM_GPU_A100: 1 }, "compute1_0000:AF:00.0": { CUSTOM_GPU_A100: 1 },
    });
  });

  it("knows another alias after a restart of who reads it, and gives a server its card", async () => {
    const refused = await boot("h200");
    expect(refused.status).toBe(400);
    expect(JSON.stringify(refused.body)).toContain("PCI alias h200 is not defined");
    await plane.setAlias({ name: "h200", resource_class: "CUSTOM_GPU_A100" });
    const { status, body } = await boot("h200");
    expect(status).toBe(202);
    const { id } = (body as { server: { id: string } }).server;
    const api = await plane.api();
    const state = async (): Promise<unknown> => (await api.must<{ server: { status: string } }>("GET", "compute", `/servers/${id}`)).server.status;
    await expect.poll(state, { timeout: 180_000 }).toBe("ACTIVE");
    const { allocations } = await api.must<{ allocations: Record<string, { resources: object }> }>("GET", "placement", `/allocations/${id}`);
    expect(Object.values(allocations).map((one) => one.resources)).toContainEqual({ CUSTOM_GPU_A100: 1 });
  });

  it("can be slow, or be without one of its services", async () => {
    const placement = (await plane.api()).endpoint("placement");
    plane.delayPlacement(600_000);
    await expect(fetch(placement, { signal: AbortSignal.timeout(2000) })).rejects.toThrow(/timeout/);
    plane.delayPlacement(0);
    expect((await fetch(placement)).status).toBe(200);
    await plane.stopService("keystone");
    await expect(plane.api()).rejects.toThrow(/fetch failed/);
    await plane.startService("keystone");
    expect((await (await plane.api()).request("GET", "identity", "/users")).status).toBe(200);
    expect(plane.log("nova-scheduler")).toContain("nova");
    expect(await plane.manage("cell_v2", "list_hosts")).toContain("compute1");
  });

  it("leaves no process and no file", async () => {
    const services = ["mariadb", "epmd", "rabbitmq", "keystone", "placement", "neutron", "nova-api", "nova-conductor", "nova-compute-compute1"] as const;
    const traces = [...services.map((name) => `/proc/${plane.pid(name)}`), plane.dropIns];
    expect(traces.filter((path) => !existsSync(path))).toEqual([]);
    await plane.close();
    expect(traces.filter((path) => existsSync(path))).toEqual([]);
  });
});

describe("the processes of a control plane", () => {
  it("end with the test that started them, also when it is killed", async () => {
    const program = `
      const { readFileSync, mkdtempSync } = require("node:fs");
      const { ModuleKind, transpileModule } = require("typescript");
      const compilerOptions = { module: ModuleKind.CommonJS, target: "es2022" };
      require.extensions[".ts"] = (module, file) => module._compile(transpileModule(readFileSync(file, "utf8"), { compilerOptions }).outputText, file);
      const { Processes } = require("./test/beds/openstack/processes.ts");
      const processes = Processes.keep(mkdtempSync(require("node:os").tmpdir() + "/gpuhost-openstack-"));
      processes.start("parent", ["sh", "-c", "sleep 1000 & echo $! >child; wait"]);
      console.log(processes.folder, processes.pid("parent"));`;
    const killed = spawn(process.execPath, ["-e", program], { stdio: ["ignore", "pipe", "inherit"] });
    const [said] = (await once(killed.stdout, "data")) as [Buffer];
    const [folder, pid] = said.toString().trim().split(" ") as [string, string];
    await expect.poll(() => existsSync(`${folder}/child`)).toBe(true);
    const child = readFileSync(`${folder}/child`, "utf8").trim();
    expect([pid, child].map((one) => existsSync(`/proc/${one}`))).toEqual([true, true]);
    killed.kill("SIGKILL");
    await expect.poll(() => [folder, `/proc/${pid}`, `/proc/${child}`].filter(existsSync), { timeout: 30_000 }).toEqual([]);
  });
});
