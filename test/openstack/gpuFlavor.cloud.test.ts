import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Api } from "../beds/openstack/api";
import { startControlPlane, type ControlPlane } from "../beds/openstack/controlPlane";
import { installOpenstackPlugin } from "../beds/openstackPlugin/plugin";

// GpuFlavor as users have it: their program, the real engine, @pulumi/openstack from npm, and a real Nova and Keystone at the other end.
const program = `
const openstack = require("@pulumi/openstack");
const { GpuFlavor } = require("pulumi-gpuhost/openstack");
const { args, later = [] } = require("./args.json");
const made = later.map((name) => ({ name, id: new openstack.identity.Project(name, { name, isDomain: false }).id }));
const gpu = new GpuFlavor("g1.a100", { ...args, projects: [...(args.projects ?? []), ...made] });
exports.flavorId = gpu.flavorId;
exports.extraSpecs = gpu.extraSpecs;
`;

interface Flavor {
  readonly id: string;
  readonly name: string;
  readonly vcpus: number;
  readonly ram: number;
  readonly "os-flavor-access:is_public": boolean;
  readonly extra_specs: Record<string, string>;
}

interface Aggregate {
  readonly id: number;
  readonly name: string;
  readonly hosts: readonly string[];
  readonly metadata: Record<string, string>;
}

const wish = {
  vcpus: 4, ramMiB: 4096, diskGiB: 0, ephemeralGiB: 1,
  devices: [{ alias: "a100", count: 2 }],
  hideHypervisorId: true,
  traits: { CUSTOM_GPU_READY: "forbidden" },
  aggregate: { name: "gpu-a100", metadata: { gpu: "a100" } },
};

let cloud: ControlPlane;
let api: Api;
let stack: Stack;
const ids: Record<string, string> = {};

beforeAll(async () => {
  const device = (address: string): { address: string; vendorId: string; productId: string } => ({ address, vendorId: "10de", productId: "20b5" });
  cloud = await startControlPlane({
    aliases: [{ name: "a100", vendor_id: "10de", product_id: "20b5", device_type: "type-PCI" }],
    fakeComputes: [{ devices: [device("0000:3b:00.0"), device("0000:af:00.0")], deviceSpecs: [{ vendor_id: "10de", product_id: "20b5" }] }],
  });
  api = await cloud.api();
  for (const name of ["teaching", "others"]) ids[name] = await projectWithUser(name);
  stack = await Stack.create({ program, environment: cloud.environment() });
  await installOpenstackPlugin(stack);
  write(wish);
});
afterAll(async () => {
  stack?.dispose();
  await cloud?.close();
});

function write(args: object, later: readonly string[] = []): void {
  stack.write("args.json", JSON.stringify({ args, later }));
}

/** A project whose user is called the same and may sign in; returns its id. */
async function projectWithUser(name: string): Promise<string> {
  const { project } = await api.must<{ project: { id: string } }>("POST", "identity", "/projects", { project: { name, domain_id: "default" } });
  await mayUse(name, project.id);
  return project.id;
}

async function mayUse(name: string, project: string): Promise<void> {
  const { user } = await api.must<{ user: { id: string } }>("POST", "identity", "/users", { user: { name, password: cloud.password, domain_id: "default" } });
  const { roles } = await api.must<{ roles: { id: string; name: string }[] }>("GET", "identity", "/roles");
  const member = roles.find((role) => role.name === "member")?.id ?? "no role member";
  await api.must("PUT", "identity", `/projects/${project}/users/${user.id}/roles/${member}`);
}

/** Names of the flavors that this project's user is shown. */
async function shownTo(name: string): Promise<string[]> {
  const user = await Api.signIn({ authUrl: cloud.authUrl, username: name, password: cloud.password, projectName: name });
  const { flavors } = await user.must<{ flavors: { name: string }[] }>("GET", "compute", "/flavors");
  return flavors.map((flavor) => flavor.name);
}

async function flavorInNova(): Promise<Flavor | undefined> {
  const { flavors } = await api.must<{ flavors: Flavor[] }>("GET", "compute", "/flavors/detail?is_public=None");
  return flavors.find((flavor) => flavor.name === "g1.a100");
}

async function accessInNova(flavor: string): Promise<string[]> {
  const { flavor_access: access } = await api.must<{ flavor_access: { tenant_id: string }[] }>("GET", "compute", `/flavors/${flavor}/os-flavor-access`);
  return access.map((one) => one.tenant_id).toSorted();
}

async function aggregateInNova(): Promise<Aggregate | undefined> {
  const { aggregates } = await api.must<{ aggregates: Aggregate[] }>("GET", "compute", "/os-aggregates");
  return aggregates.find((aggregate) => aggregate.name === "gpu-a100");
}

describe("a GpuFlavor on a real control plane", () => {
  it("is refused with the field's name before anything registers", async () => {
    write({ ...wish, extraSpecs: { "hw:cpu_polcy": "dedicated" }, projects: ["teaching"] });
    const { exitCode, stdout, stderr } = await stack.preview();
    expect(exitCode).not.toBe(0);
    const said = stdout + stderr;
    expect(said).toContain('extraSpecs["hw:cpu_polcy"]: Nova knows no "hw:cpu_polcy"; did you mean "hw:cpu_policy"?');
    expect(said).toContain("projects[0]: expected a project's id");
    expect(said).not.toMatch(/compute:Flavor|settled\.(js|ts)/);
  });

  it("shows in the preview what Nova will be asked for, with a project that does not exist yet", async () => {
    write({ ...wish, projects: [ids["teaching"]] }, ["research"]);
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toMatch(/"?pci_passthrough:alias"?\s*: "a100:2"/);
    expect(stdout).toMatch(/isPublic\s*: false/);
    expect(stdout).toContain(`g1.a100-${ids["teaching"]}`);
    expect(await flavorInNova()).toBeUndefined();
  });

  it("is private, and shown to the named projects alone", async () => {
    succeeded(await stack.up());
    const flavor = await flavorInNova();
    ids["research"] = (await api.must<{ projects: { id: string }[] }>("GET", "identity", "/projects?name=research")).projects[0]?.id ?? "";
    await mayUse("research", ids["research"]);
    expect(flavor).toMatchObject({
      vcpus: 4, ram: 4096, "os-flavor-access:is_public": false,
      extra_specs: { "pci_passthrough:alias": "a100:2", "hw:hide_hypervisor_id": "true", "trait:CUSTOM_GPU_READY": "forbidden" },
    });
    expect(await stack.outputs()).toEqual({ flavorId: flavor?.id, extraSpecs: flavor?.extra_specs });
    expect(await accessInNova(flavor?.id ?? "")).toEqual([ids["teaching"], ids["research"]].toSorted());
    expect(await Promise.all(["teaching", "research", "others"].map(shownTo))).toEqual([["g1.a100"], ["g1.a100"], []]);
    expect(await aggregateInNova()).toMatchObject({ hosts: [], metadata: { gpu: "a100" } });
  });

  it("has nothing to do the second time, nor after a refresh", async () => {
    const runs = [await stack.preview("--expect-no-changes"), await stack.refresh("--expect-no-changes"), await stack.preview("--expect-no-changes")];
    expect(runs.map(({ exitCode, stdout }) => (exitCode === 0 ? "" : stdout))).toEqual(["", "", ""]);
  });

  it("leaves the hosts of its aggregate to others", async () => {
    const aggregate = await aggregateInNova();
    await api.must("POST", "compute", `/os-aggregates/${aggregate?.id}/action`, { add_host: { host: "compute1" } });
    succeeded(await stack.preview("--expect-no-changes"));
    succeeded(await stack.refresh());
    succeeded(await stack.up("--expect-no-changes"));
    expect((await aggregateInNova())?.hosts).toEqual(["compute1"]);
  });

  it("changes extra specs in place", async () => {
    const before = await flavorInNova();
    write({ ...wish, devices: [{ alias: "a100" }], traits: {}, projects: [ids["teaching"]] }, ["research"]);
    succeeded(await stack.up());
    expect(await flavorInNova()).toMatchObject({ id: before?.id, extra_specs: { "pci_passthrough:alias": "a100:1", "hw:hide_hypervisor_id": "true" } });
    expect((await flavorInNova())?.extra_specs).not.toHaveProperty(["trait:CUSTOM_GPU_READY"]);
  });

  it("puts back what somebody took off, once a refresh has seen it", async () => {
    const flavor = await flavorInNova();
    await api.must("DELETE", "compute", `/flavors/${flavor?.id}/os-extra_specs/pci_passthrough:alias`);
    succeeded(await stack.refresh());
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toMatch(/\+ ?"?pci_passthrough:alias/);
    expect(await flavorInNova()).toEqual(flavor);
  });

  it("is made anew under its name where Nova cannot change it, and shared as before", async () => {
    const before = await flavorInNova();
    write({ ...wish, vcpus: 2, devices: [{ alias: "a100" }], traits: {}, projects: [ids["teaching"]] }, ["research"]);
    succeeded(await stack.up());
    const after = await flavorInNova();
    expect(after).toMatchObject({ vcpus: 2 });
    expect(after?.id).not.toBe(before?.id);
    expect(await accessInNova(after?.id ?? "")).toEqual([ids["teaching"], ids["research"]].toSorted());
  });

  it("takes one project out and touches no other", async () => {
    const before = await stack.resource("g1.a100-research");
    write({ ...wish, vcpus: 2, devices: [{ alias: "a100" }], traits: {} }, ["research"]);
    const { stdout } = succeeded(await stack.up());
    expect(stdout).toMatch(/1 deleted/);
    expect(await accessInNova((await flavorInNova())?.id ?? "")).toEqual([ids["research"]]);
    expect((await stack.resource("g1.a100-research"))?.id).toBe(before?.id);
    expect(await shownTo("teaching")).toEqual([]);
  });

  it("gives a server the device that the alias names", async () => {
    const flavor = await flavorInNova();
    const disk = { source_type: "blank", destination_type: "local", boot_index: 0, volume_size: 1 };
    const { server } = await api.must<{ server: { id: string } }>("POST", "compute", "/servers", {
      server: { name: "guest", flavorRef: flavor?.id, networks: "none", block_device_mapping_v2: [disk] },
    });
    const status = async (): Promise<string> => (await api.must<{ server: { status: string } }>("GET", "compute", `/servers/${server.id}`)).server.status;
    await expect.poll(status, { timeout: 120_000, interval: 500 }).toBe("ACTIVE");
    const { allocations } = await api.must<{ allocations: Record<string, { resources: Record<string, number> }> }>("GET", "placement", `/allocations/${server.id}`);
    const amounts = Object.values(allocations).map(({ resources }) => resources);
    expect(amounts.filter((of) => of["CUSTOM_PCI_10DE_20B5"] === 1)).toHaveLength(1);
    await api.must("DELETE", "compute", `/servers/${server.id}`);
    await expect.poll(async () => (await api.request("GET", "compute", `/servers/${server.id}`)).status, { timeout: 120_000, interval: 500 }).toBe(404);
  });

  it("is gone after a destroy, with its aggregate once nobody is in it", async () => {
    const aggregate = await aggregateInNova();
    await api.must("POST", "compute", `/os-aggregates/${aggregate?.id}/action`, { remove_host: { host: "compute1" } });
    succeeded(await stack.refresh());
    succeeded(await stack.destroy());
    expect(await flavorInNova()).toBeUndefined();
    expect(await aggregateInNova()).toBeUndefined();
  });
});
