import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { CloudConflictError, CloudRefusedError, CloudUnreachableError } from "../../provider/errors";
import { holdsPci, type CloudHostFacts, type ResourceProviderFacts } from "../../provider/facts/cloud/cloudFacts";
import { carryOutCloudSteps } from "../../provider/openstack/carryOut";
import type { Cloud } from "../../provider/openstack/cloud";
import { observeCloudHost } from "../../provider/openstack/observeCloudHost";
import { openCloud } from "../../provider/openstack/openCloud";
import type { CloudStep } from "../../provider/plan/cloudStep";
import { Api } from "../beds/openstack/api";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";
import { errorOf } from "./clouds";

// The client against a real Keystone, Nova and Placement, with two compute hosts whose hypervisor is Nova's own fake one.
const card = { address: "0000:3b:00.0", vendorId: "10de", productId: "20b5" };
const second = { address: "0000:af:00.0", vendorId: "10de", productId: "20b5" };
const spec = ({ address }: { readonly address: string }): object => ({ address, resource_class: "CUSTOM_A100", traits: "CUSTOM_HBM" });
const reason = "gpuhost: test";

let plane: ControlPlane;
let cloud: Cloud;
let api: Api;
let folder: string;

beforeAll(async () => {
  plane = await startControlPlane({
    aliases: [{ name: "a100", resource_class: "CUSTOM_A100" }],
    fakeComputes: [{ devices: [card, second], deviceSpecs: [spec(card)] }, { host: "compute2", devices: [card], deviceSpecs: [] }],
  });
  api = await plane.api();
  folder = mkdtempSync(join(tmpdir(), "gpuhost-cloud-"));
  writeFileSync(join(folder, "clouds.yaml"), plane.cloudsYaml());
  process.env.OS_CLIENT_CONFIG_FILE = join(folder, "clouds.yaml");
  cloud = openCloud({ cloud: "lab" });
});
afterAll(async () => {
  delete process.env.OS_CLIENT_CONFIG_FILE;
  if (folder !== undefined) rmSync(folder, { recursive: true });
  await plane?.close();
});

const observe = (host = "compute1"): Promise<CloudHostFacts> => observeCloudHost(cloud, { serviceHost: host });
const say = async (...steps: CloudStep[]): Promise<[string, string][]> => (await carryOutCloudSteps(cloud, steps)).map((one) => [one.state, one.says]);

async function deviceOf(host = "compute1", address = card.address): Promise<ResourceProviderFacts> {
  const found = (await observe(host)).providers.find((one) => one.pciAddress === address);
  if (found === undefined) throw new Error(`${host} has no provider for ${address}`);
  return found;
}

const inventory = (address: string): CloudStep => ({
  kind: "waitForInventory", hypervisor: "compute1", deadlineSeconds: 60, devices: [{ address, inventory: { resourceClass: "CUSTOM_A100", total: 1 }, traits: ["CUSTOM_HBM"] }],
});

/** A server on compute1, ACTIVE. No image: the fake driver runs nothing. */
async function boot(name: string, alias?: string): Promise<{ readonly id: string; readonly name: string }> {
  const { flavor } = await api.must<{ flavor: { id: string } }>("POST", "compute", "/flavors", {
    flavor: { name: `flavor-of-${name}`, ram: 64, vcpus: 1, disk: 0, "OS-FLV-EXT-DATA:ephemeral": 1 },
  });
  if (alias !== undefined) await api.must("POST", "compute", `/flavors/${flavor.id}/os-extra_specs`, { extra_specs: { "pci_passthrough:alias": alias } });
  // On a busy machine a heartbeat may be later than service_down_time, and the scheduler then finds no valid host.
  await Promise.all(["compute1", "compute2"].map((host) => plane.waitForCompute(host)));
  const block = { source_type: "blank", destination_type: "local", boot_index: 0, volume_size: 1 };
  const { server } = await api.must<{ server: { id: string } }>("POST", "compute", "/servers", {
    server: { name, flavorRef: flavor.id, networks: "none", host: "compute1", block_device_mapping_v2: [block] },
  });
  await expect.poll(async () => (await stateOf(server.id)).status, { timeout: 120_000 }).not.toBe("BUILD");
  expect(await stateOf(server.id), `nova-scheduler: ${plane.log("nova-scheduler").slice(-2000)}`).toEqual({ status: "ACTIVE" });
  return { id: server.id, name };
}

async function stateOf(id: string): Promise<{ readonly status: string; readonly fault?: unknown }> {
  const { server: { status, fault } } = await api.must<{ server: { status: string; fault?: unknown } }>("GET", "compute", `/servers/${id}`);
  return fault === undefined ? { status } : { status, fault };
}

async function remove(server: { readonly id: string }): Promise<void> {
  await api.must("DELETE", "compute", `/servers/${server.id}`);
  await expect.poll(async () => (await api.request("GET", "compute", `/servers/${server.id}`)).status, { timeout: 60_000 }).toBe(404);
}

describe("a host that is observed", () => {
  it("has its service, its hypervisor, and what Placement holds of it", async () => {
    await say(inventory(card.address));
    const facts = await observe();
    expect(facts).toMatchObject({
      service: { host: "compute1", state: "up", status: "enabled", disabledReason: null, forcedDown: false },
      hypervisor: { hostname: "compute1", type: "fake" }, aggregates: [], servers: [], unconfirmedMoves: [], similar: [],
    });
    expect(facts.providers.map(({ name, pciAddress }) => [name, pciAddress])).toEqual([["compute1", null], ["compute1_0000:3B:00.0", card.address]]);
    expect(facts.providers[1]).toMatchObject({
      parent: facts.hypervisor?.id, inventories: [{ resourceClass: "CUSTOM_A100", total: 1, reserved: 0, used: 0 }], allocations: [],
      traits: expect.arrayContaining(["COMPUTE_MANAGED_PCI_DEVICE", "CUSTOM_HBM"]),
    });
    expect(JSON.parse(JSON.stringify(facts))).toEqual(facts);
    expect(await observeCloudHost(cloud, { hypervisor: "compute1" })).toMatchObject({ service: { host: "compute1" } });
  });

  it("is known under its own name only", async () => {
    expect(await observeCloudHost(cloud, { serviceHost: "compute1.example" })).toMatchObject({ service: null, hypervisor: null, providers: [], similar: ["compute1"] });
    expect(await errorOf(observeCloudHost(cloud, { serviceHost: "compute2", hypervisor: "compute1" }))).toBeInstanceOf(CloudConflictError);
  });
});

describe("a compute service", () => {
  const disable: CloudStep = { kind: "disableComputeService", host: "compute1", reason };
  const enable: CloudStep = { kind: "enableComputeService", host: "compute1", reason };

  it("is disabled with our reason, and enabled again where it has that", async () => {
    expect(await say(disable, disable)).toEqual([["done", `disabled ("${reason}")`], ["unchanged", `is disabled ("${reason}")`]]);
    expect((await observe()).service).toMatchObject({ status: "disabled", disabledReason: reason });
    expect(await say(enable, enable)).toEqual([["done", "enabled"], ["unchanged", "is enabled"]]);
    expect((await observe()).service).toMatchObject({ status: "enabled", disabledReason: null });
  });

  it("that a person disabled stays so", async () => {
    await say({ ...disable, reason: "RAM is being changed" });
    expect(await say(disable, enable)).toEqual([
      ["left", 'is disabled for another reason, "RAM is being changed", which stays'], ["left", 'stays disabled: its reason is "RAM is being changed", not ours'],
    ]);
    expect((await observe()).service).toMatchObject({ status: "disabled", disabledReason: "RAM is being changed" });
    await say({ ...enable, reason: "RAM is being changed" });
  });

  it("that Nova does not know is an error that says so", async () => {
    expect((await errorOf(say({ ...disable, host: "compute9" }))).message).toMatch(/Nova knows no compute service on compute9/);
  });
});

describe("a provider", () => {
  it("gains and loses our trait beside its own", async () => {
    const { id, name, traits } = await deviceOf();
    const step = { provider: { id, name }, trait: "CUSTOM_GPU_READY" };
    expect(await say({ kind: "addTrait", ...step }, { kind: "addTrait", ...step })).toEqual([["done", `${name} has CUSTOM_GPU_READY`], ["unchanged", `${name} has CUSTOM_GPU_READY`]]);
    expect((await deviceOf()).traits).toEqual([...traits, "CUSTOM_GPU_READY"].sort());
    expect((await say({ kind: "removeTrait", ...step }, { kind: "removeTrait", ...step })).map(([state]) => state)).toEqual(["done", "unchanged"]);
    expect((await deviceOf()).traits).toEqual(traits);
  });

  it("keeps every trait when several give it theirs at the same moment", async () => {
    const { id, name } = await deviceOf();
    const all = ["CUSTOM_A", "CUSTOM_B", "CUSTOM_C", "CUSTOM_D"];
    await Promise.all(all.map((trait) => say({ kind: "addTrait", provider: { id, name }, trait })));
    expect((await deviceOf()).traits).toEqual(expect.arrayContaining(all));
    await Promise.all(all.map((trait) => say({ kind: "removeTrait", provider: { id, name }, trait })));
    expect((await deviceOf()).traits.filter((one) => all.includes(one))).toEqual([]);
  });

  it("offers nothing while it is reserved, also after nova-compute was restarted, and then again", async () => {
    const { id, name } = await deviceOf();
    const step = { provider: { id, name }, resourceClass: "CUSTOM_A100" };
    const [free, kept] = [{ total: 1, reserved: 0 }, { total: 1, reserved: 1 }];
    expect(await say({ kind: "reserveInventory", ...step, before: free })).toEqual([["done", `${name} has 1 of 1 CUSTOM_A100 reserved`]]);
    const since = (await observe()).service?.updatedAt ?? "";
    await plane.restart("nova-compute-compute1");
    await say({ kind: "waitForComputeService", host: "compute1", since, deadlineSeconds: 60 });
    expect((await deviceOf()).inventories).toEqual([{ resourceClass: "CUSTOM_A100", total: 1, reserved: 1, used: 0 }]);
    expect(await errorOf(say({ kind: "releaseInventory", ...step, before: free }))).toBeInstanceOf(CloudConflictError);
    expect(await say({ kind: "releaseInventory", ...step, before: kept })).toEqual([["done", `${name} has 0 of 1 CUSTOM_A100 reserved`]]);
  });

  it("of a device that is exposed is waited for, and one of a device that is taken back is waited for until it is gone", async () => {
    await plane.setFakeDeviceSpecs([spec(card), spec(second)]);
    expect(await say(inventory(second.address))).toEqual([["done", "Placement holds 0000:af:00.0 as expected"]]);
    await plane.setFakeDeviceSpecs([spec(card)]);
    await say({ kind: "waitForInventory", hypervisor: "compute1", deadlineSeconds: 60, devices: [{ address: second.address, inventory: null }] });
    expect((await observe()).providers.map((one) => one.pciAddress)).toEqual([null, card.address]);
  });
});

describe("an aggregate", () => {
  const join = (host: string): CloudStep => ({ kind: "joinAggregate", aggregate: "gpu", host, create: { metadata: { gpu: "true" } } });
  const leave = (host: string): CloudStep => ({ kind: "leaveAggregate", aggregate: "gpu", host });

  it("is made only when that was asked for", async () => {
    const { kind, aggregate, host } = { kind: "joinAggregate" as const, aggregate: "gpu", host: "compute1" };
    expect((await errorOf(say({ kind, aggregate, host }))).message).toMatch(/there is no aggregate gpu, and none is to be made/);
  });

  it("holds the hosts that several stacks put in at the same moment, and keeps the others when one leaves", async () => {
    await Promise.all([say(join("compute1")), say(join("compute2"))]);
    expect((await observe()).aggregates).toMatchObject([{ name: "gpu", metadata: { gpu: "true" }, holdsHost: true, hostCount: 2 }]);
    expect((await say(join("compute1"), leave("compute1"), leave("compute1"))).map(([state]) => state)).toEqual(["unchanged", "done", "unchanged"]);
    expect((await observe()).aggregates).toMatchObject([{ holdsHost: false, hostCount: 1 }]);
    expect((await observe("compute2")).aggregates).toMatchObject([{ holdsHost: true }]);
  });
});

describe("servers of a host", () => {
  it("are moved away while they run, moved back by a restart that is confirmed, and stopped", async () => {
    const server = await boot("web");
    const deadlineSeconds = 120;
    expect(await say({ kind: "liveMigrateServer", server, host: "compute1", deadlineSeconds })).toEqual([["done", `the server web (${server.id}) runs on compute2`]]);
    expect(await say({ kind: "liveMigrateServer", server, host: "compute1", deadlineSeconds })).toMatchObject([["unchanged", expect.stringContaining("on compute2")]]);
    expect(await say({ kind: "coldMigrateServer", server, host: "compute2", deadlineSeconds })).toEqual([["done", `the server web (${server.id}) is ACTIVE on compute1`]]);
    expect((await observe("compute2")).unconfirmedMoves).toEqual([]);
    const stop: CloudStep = { kind: "stopServer", server, host: "compute1", deadlineSeconds };
    expect((await say(stop, stop)).map(([state]) => state)).toEqual(["done", "unchanged"]);
    expect((await observe()).servers).toMatchObject([{ id: server.id, name: "web", status: "SHUTOFF", powerState: "shutdown", pciAlias: null, pciAddresses: [], taskState: null }]);
    await remove(server);
  });

  it("hold their cards, and one with a card is not moved where there is none: Nova's reason is told", async () => {
    const server = await boot("train", "a100:1");
    const facts = await observe();
    expect(facts.servers).toMatchObject([{ id: server.id, pciAlias: "a100:1", pciAddresses: [card.address], flavor: "flavor-of-train" }]);
    expect(facts.servers.map(holdsPci)).toEqual([true]);
    expect(facts.providers[1]?.allocations).toEqual([{ consumer: server.id, resources: { CUSTOM_A100: 1 } }]);
    // Its card can be kept from the next server while this one has it.
    const { id, name } = await deviceOf();
    await say({ kind: "reserveInventory", provider: { id, name }, resourceClass: "CUSTOM_A100", before: { total: 1, reserved: 0 } });
    expect((await deviceOf()).inventories).toMatchObject([{ reserved: 1, used: 1 }]);
    const error = await errorOf(say({ kind: "coldMigrateServer", server, host: "compute1", deadlineSeconds: 60 }));
    expect(error).toBeInstanceOf(CloudRefusedError);
    expect(error.message).toMatch(/No valid host was found/);
    await remove(server);
    await say({ kind: "releaseInventory", provider: { id, name }, resourceClass: "CUSTOM_A100", before: { total: 1, reserved: 1 } });
  });
});

describe("trouble", () => {
  it("with the token in the middle of a run is got over", async () => {
    const { user } = await api.must<{ user: { id: string } }>("POST", "identity", "/users", { user: { name: "operator", password: "first" } });
    const path = `/projects/${await projectId()}/users/${user.id}/roles/${await adminRole()}`;
    await api.must("PUT", "identity", path);
    const credentials = { authUrl: plane.authUrl, username: "operator", password: "first", projectName: "admin" };
    const [operator, other] = [openOperator(), await Api.signIn(credentials)];
    expect((await observeCloudHost(operator, { serviceHost: "compute1" })).service?.state).toBe("up");
    // A new password, here the same one, ends every token of the user.
    await api.must("PATCH", "identity", `/users/${user.id}`, { user: { password: "first" } });
    expect((await other.request("GET", "compute", "/os-aggregates")).status).toBe(401);
    expect((await observeCloudHost(operator, { serviceHost: "compute2" })).service?.state).toBe("up");
  });

  it("with a slow Placement ends at the deadline, and with a stopped Keystone at once for who has no token yet", async () => {
    plane.delayPlacement(600_000);
    const slow = openCloud({ cloud: "lab", callTimeoutSeconds: 2, totalTimeoutSeconds: 5 });
    const error = await errorOf(observeCloudHost(slow, { serviceHost: "compute1" }));
    expect(error).toBeInstanceOf(CloudUnreachableError);
    expect(error.message).toMatch(/^cloud "lab": Placement at 127.0.0.1:\d+ did not answer GET \/resource_providers: no answer within .* s\. Nothing was changed by it/);
    plane.delayPlacement(0);
    await plane.stopService("keystone");
    const without = await errorOf(openCloud({ cloud: "lab", totalTimeoutSeconds: 3 }).call({ service: "compute", method: "GET", path: "/os-aggregates" }));
    expect(without.message).toMatch(/Keystone at 127.0.0.1:\d+ did not answer POST \/auth\/tokens: .*ECONNREFUSED/);
    await plane.startService("keystone");
  });
});

function openOperator(): Cloud {
  const names = ["OS_CLIENT_CONFIG_FILE", "OS_AUTH_URL", "OS_USERNAME", "OS_PASSWORD", "OS_PROJECT_NAME"] as const;
  const before = names.map((name) => [name, process.env[name]] as const);
  delete process.env.OS_CLIENT_CONFIG_FILE;
  Object.assign(process.env, { OS_AUTH_URL: plane.authUrl, OS_USERNAME: "operator", OS_PASSWORD: "first", OS_PROJECT_NAME: "admin" });
  try {
    return openCloud({});
  } finally {
    for (const [name, value] of before) {
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
    }
  }
}

async function projectId(): Promise<string> {
  const { projects } = await api.must<{ projects: { id: string }[] }>("GET", "identity", "/projects?name=admin");
  return projects[0]?.id ?? "";
}

async function adminRole(): Promise<string> {
  const { roles } = await api.must<{ roles: { id: string }[] }>("GET", "identity", "/roles?name=admin");
  return roles[0]?.id ?? "";
}
