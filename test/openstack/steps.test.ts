import { describe, expect, it } from "vitest";
import { CloudConflictError, CloudRefusedError, CloudTimeoutError, InputError } from "../../provider/errors";
import { carryOutCloudSteps } from "../../provider/openstack/carryOut";
import type { CloudStep } from "../../provider/plan/cloudStep";
import { errorOf, opened } from "./clouds";
import type { FakeReply } from "./fakeCloud";

// What a real control plane does only when something goes wrong at the right moment. What steps do, client.test.ts shows on a real one.

const provider = { id: "p1", name: "cmp1_0000:3B:00.0" };
const head: FakeReply = { body: { uuid: "p1", name: provider.name, generation: 1, parent_provider_uuid: "p0", root_provider_uuid: "p0" } };
const traitsOf = (generation: number, ...traits: string[]): FakeReply => ({ body: { resource_provider_generation: generation, traits } });
const inventoryOf = (generation: number, total: number, reserved: number): FakeReply => ({
  body: { resource_provider_generation: generation, inventories: { CUSTOM_A100: { total, reserved, min_unit: 1, max_unit: total, step_size: 1, allocation_ratio: 1 } } },
});
const collision: FakeReply = { status: 409, body: { errors: [{ status: 409, title: "Conflict", detail: "resource provider generation conflict", code: "placement.concurrent_update" }] } };

const at = "/placement/resource_providers/p1";
const addTrait: CloudStep = { kind: "addTrait", provider, trait: "CUSTOM_GPU_READY" };
const reserve: CloudStep = { kind: "reserveInventory", provider, resourceClass: "CUSTOM_A100", before: { total: 1, reserved: 0 } };

describe("a provider that somebody else writes to at the same moment", () => {
  it("keeps the trait that the other gave it", async () => {
    const { fake, cloud } = await opened({ replies: {
      [`GET ${at}`]: [head],
      "GET /placement/traits/CUSTOM_GPU_READY": [{ status: 404 }, { status: 204 }],
      "PUT /placement/traits/CUSTOM_GPU_READY": [{ status: 201 }],
      [`GET ${at}/traits`]: [traitsOf(1, "CUSTOM_A"), traitsOf(2, "CUSTOM_A", "CUSTOM_B"), traitsOf(3, "CUSTOM_A", "CUSTOM_B", "CUSTOM_GPU_READY")],
      [`PUT ${at}/traits`]: [collision, { body: {} }],
    } });
    expect(await carryOutCloudSteps(cloud, [addTrait])).toEqual([{ kind: "addTrait", state: "done", says: "cmp1_0000:3B:00.0 has CUSTOM_GPU_READY" }]);
    const writes = fake.bodies.filter((_, index) => fake.requests[index] === `PUT ${at}/traits`);
    expect(writes).toEqual([
      { resource_provider_generation: 1, traits: ["CUSTOM_A", "CUSTOM_GPU_READY"] },
      { resource_provider_generation: 2, traits: ["CUSTOM_A", "CUSTOM_B", "CUSTOM_GPU_READY"] },
    ]);
  });

  it.each([
    "Another thread concurrently updated the resource provider data. Please retry your update",
    "(pymysql.err.OperationalError) (1213, 'Deadlock found when trying to get lock; try restarting transaction')",
  ])("is read again too where Placement calls it a failure of its own: %s", async (detail) => {
    const failure = { status: 500, body: { errors: [{ status: 500, title: "Internal Server Error", detail }] } };
    const { cloud } = await opened({ replies: {
      [`GET ${at}`]: [head], "GET /placement/traits/CUSTOM_GPU_READY": [{ status: 204 }],
      [`GET ${at}/traits`]: [traitsOf(1), traitsOf(2), traitsOf(3, "CUSTOM_GPU_READY")], [`PUT ${at}/traits`]: [failure, { body: {} }],
    } });
    expect((await carryOutCloudSteps(cloud, [addTrait]))[0]).toMatchObject({ state: "done" });
  });

  it("is not reserved when its inventory became another one", async () => {
    const { fake, cloud } = await opened({ replies: {
      [`GET ${at}`]: [head], [`GET ${at}/inventories`]: [inventoryOf(1, 1, 0), inventoryOf(2, 4, 2)], [`PUT ${at}/inventories/CUSTOM_A100`]: [collision],
    } });
    const error = await errorOf(carryOutCloudSteps(cloud, [reserve]));
    expect(error).toBeInstanceOf(CloudConflictError);
    expect(error.message).toBe('cloud "lab": cmp1_0000:3B:00.0 has 2 of 4 CUSTOM_A100 reserved, and the plan saw 0 of 1. Nothing was written: preview again.');
    expect(fake.requests.filter((one) => one.startsWith("PUT"))).toHaveLength(1);
  });

  it("is given up after five collisions", async () => {
    const { fake, cloud } = await opened({ replies: {
      [`GET ${at}`]: [head], [`GET ${at}/inventories`]: [inventoryOf(1, 1, 0)], [`PUT ${at}/inventories/CUSTOM_A100`]: [collision],
    } });
    expect((await errorOf(carryOutCloudSteps(cloud, [reserve]))).message).toMatch(/generation conflict/);
    expect(fake.requests.filter((one) => one.startsWith("PUT"))).toHaveLength(5);
  });

  it("that undoes a write at once is a conflict, and no second write", async () => {
    const { fake, cloud } = await opened({ replies: {
      [`GET ${at}`]: [head], [`GET ${at}/inventories`]: [inventoryOf(1, 1, 0)], [`PUT ${at}/inventories/CUSTOM_A100`]: [{ body: {} }],
    } });
    expect((await errorOf(carryOutCloudSteps(cloud, [reserve]))).message).toMatch(/reads otherwise right afterwards/);
    expect(fake.requests.filter((one) => one.startsWith("PUT"))).toHaveLength(1);
  });
});

describe("a provider", () => {
  it("that another device has by now is not written to", async () => {
    const { fake, cloud } = await opened({ replies: { [`GET ${at}`]: [{ body: { uuid: "p1", name: "cmp2_0000:3B:00.0", generation: 1, parent_provider_uuid: "p0" } }] } });
    expect(await errorOf(carryOutCloudSteps(cloud, [addTrait]))).toBeInstanceOf(CloudConflictError);
    expect(fake.requests.some((one) => one.startsWith("PUT"))).toBe(false);
  });

  it("that is gone has nothing to be undone, and nothing to be marked", async () => {
    const { cloud } = await opened();
    const undo: CloudStep[] = [{ ...addTrait, kind: "removeTrait" }, { kind: "releaseInventory", provider, resourceClass: "CUSTOM_A100", before: { total: 1, reserved: 1 } }];
    expect((await carryOutCloudSteps(cloud, undo)).map((one) => one.state)).toEqual(["unchanged", "unchanged"]);
    expect((await errorOf(carryOutCloudSteps(cloud, [addTrait]))).message).toMatch(/holds no provider cmp1_0000:3B:00.0 \(p1\) any more/);
  });

  it.each(["COMPUTE_STATUS_DISABLED", "CUSTOM_gpu", "CUSTOM_", "CUSTOM_A/../x", `CUSTOM_${"A".repeat(249)}`])("is not given the trait %s", async (trait) => {
    const { fake, cloud } = await opened();
    expect(await errorOf(carryOutCloudSteps(cloud, [{ ...addTrait, trait }]))).toBeInstanceOf(InputError);
    expect(fake.requests).toEqual([]);
  });
});

const aggregates = (...hosts: string[]): FakeReply => ({ body: { aggregates: [{ id: 7, name: "gpu", availability_zone: null, metadata: {}, hosts }] } });
const join: CloudStep = { kind: "joinAggregate", aggregate: "gpu", host: "cmp1" };

describe("an answer that got lost", () => {
  it("is made up for by reading also where Nova fails because two stacks made the aggregate at once", async () => {
    const failure = { status: 500, body: { computeFault: { message: "Unexpected API Error. <class 'oslo_db.exception.DBDuplicateEntry'>" } } };
    const { cloud } = await opened({ replies: {
      "GET /compute/v2.1/os-aggregates": [{ body: { aggregates: [] } }, aggregates(), aggregates(), aggregates("cmp1")],
      "POST /compute/v2.1/os-aggregates": [failure], "POST /compute/v2.1/os-aggregates/7/action": [{ body: {} }],
    } });
    expect((await carryOutCloudSteps(cloud, [{ ...join, create: {} }]))[0]).toMatchObject({ state: "done" });
  });

  it("is made up for by reading: the host is in", async () => {
    const { fake, cloud } = await opened({ replies: {
      "GET /compute/v2.1/os-aggregates": [aggregates(), aggregates("cmp1")], "POST /compute/v2.1/os-aggregates/7/action": [{ hangsUp: true }],
    } });
    expect((await carryOutCloudSteps(cloud, [join]))[0]).toMatchObject({ state: "done" });
    expect(fake.requests.filter((one) => one.includes("action"))).toHaveLength(1);
  });

  it("is an error when the host is not in", async () => {
    const { cloud } = await opened({ replies: { "GET /compute/v2.1/os-aggregates": [aggregates()], "POST /compute/v2.1/os-aggregates/7/action": [{ hangsUp: true }] } });
    expect((await errorOf(carryOutCloudSteps(cloud, [join]))).message).toMatch(/Whether the change was made is not known/);
  });
});

const serviceOf = (more: object): FakeReply => ({ body: { services: [{ id: "s1", host: "cmp1", binary: "nova-compute", state: "up", status: "enabled", disabled_reason: null, forced_down: false, updated_at: "2026-11-21T05:00:00.000000", ...more }] } });
const services = "GET /compute/v2.1/os-services";

describe("waiting", () => {
  it("for nova-compute ends with its first heartbeat after the restart", async () => {
    const { cloud } = await opened({ replies: { [services]: [serviceOf({}), serviceOf({ state: "down" }), { status: 503 }, serviceOf({ updated_at: "2026-11-21T05:00:09.000000" })] } });
    const said: string[] = [];
    const step: CloudStep = { kind: "waitForComputeService", host: "cmp1", since: "2026-11-21T05:00:00.000Z", deadlineSeconds: 60 };
    expect((await carryOutCloudSteps(cloud, [step], (line) => said.push(line)))[0]?.says).toBe("is up; its last heartbeat is of 2026-11-21T05:00:09.000Z");
    expect(said.slice(1, 3)).toEqual(["no heartbeat since 2026-11-21T05:00:00.000Z", "it is down; its last heartbeat is of 2026-11-21T05:00:00.000Z"]);
  });

  it("has an end, which says how things stood", async () => {
    const { cloud } = await opened({ replies: { [services]: [serviceOf({ state: "down" })] } });
    const error = await errorOf(carryOutCloudSteps(cloud, [{ kind: "waitForComputeService", host: "cmp1", deadlineSeconds: 1 }]));
    expect(error).toBeInstanceOf(CloudTimeoutError);
    expect(error.message).toBe('cloud "lab": the compute service on cmp1 did not come up within 1 s: it is down; its last heartbeat is of 2026-11-21T05:00:00.000Z.');
  });
});

const serverOf = (host: string, status: string, taskState: string | null): FakeReply => ({
  body: { server: { id: "v1", name: "web", status, tenant_id: "t", flavor: { original_name: "m1" }, "OS-EXT-STS:task_state": taskState, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "OS-EXT-SRV-ATTR:host": host } },
});
const live: CloudStep = { kind: "liveMigrateServer", server: { id: "v1", name: "web" }, host: "cmp1", deadlineSeconds: 30 };
const one = "/compute/v2.1/servers/v1";

describe("a server", () => {
  it("that does not get away is told with Nova's reason", async () => {
    const { cloud } = await opened({ replies: {
      [`GET ${one}`]: [serverOf("cmp1", "ACTIVE", null), serverOf("cmp1", "MIGRATING", "migrating"), serverOf("cmp1", "ACTIVE", null)],
      [`POST ${one}/action`]: [{ status: 202 }],
      [`GET ${one}/os-instance-actions`]: [{ body: { instanceActions: [{ request_id: "req-9", action: "live-migration" }] } }],
      [`GET ${one}/os-instance-actions/req-9`]: [{ body: { instanceAction: { events: [{ event: "conductor_live_migrate_instance", result: "Error", details: "No valid host was found. ", traceback: "  File a\n    raise exception.NoValidHost(reason=msg)\n" }] } } }],
    } });
    const error = await errorOf(carryOutCloudSteps(cloud, [live]));
    expect(error).toBeInstanceOf(CloudRefusedError);
    expect(error.message).toBe('cloud "lab": the server web (v1) was not live-migrated away from cmp1: it is ACTIVE on cmp1. Nova\'s conductor_live_migrate_instance says: No valid host was found.');
  });

  it("that an earlier run began to move is waited for, not moved again", async () => {
    const { fake, cloud } = await opened({ replies: { [`GET ${one}`]: [serverOf("cmp1", "MIGRATING", "migrating"), serverOf("cmp2", "ACTIVE", null)] } });
    expect((await carryOutCloudSteps(cloud, [live]))[0]).toMatchObject({ state: "done", says: "the server web (v1) runs on cmp2" });
    expect(fake.requests.some((request) => request.startsWith("POST /compute"))).toBe(false);
  });

  it("that an earlier run moved and did not confirm is confirmed", async () => {
    const { fake, cloud } = await opened({ replies: {
      [`GET ${one}`]: [serverOf("cmp2", "VERIFY_RESIZE", null), serverOf("cmp2", "VERIFY_RESIZE", null), serverOf("cmp2", "VERIFY_RESIZE", null), serverOf("cmp2", "ACTIVE", null)], [`POST ${one}/action`]: [{ status: 204 }],
    } });
    expect((await carryOutCloudSteps(cloud, [{ ...live, kind: "coldMigrateServer" }]))[0]).toMatchObject({ state: "done", says: "the server web (v1) is ACTIVE on cmp2" });
    expect(fake.bodies.filter((_, index) => fake.requests[index] === `POST ${one}/action`)).toEqual([{ confirmResize: null }]);
  });

  it.each(["liveMigrateServer", "coldMigrateServer", "stopServer"] as const)("that is gone, or elsewhere, needs no %s", async (kind) => {
    const { cloud } = await opened();
    expect((await carryOutCloudSteps(cloud, [{ ...live, kind }]))[0]).toMatchObject({ state: "unchanged", says: "the server web (v1) is gone" });
    const { cloud: other } = await opened({ replies: { [`GET ${one}`]: [serverOf("cmp2", "ACTIVE", null)] } });
    expect((await carryOutCloudSteps(other, [{ ...live, kind }]))[0]).toMatchObject({ state: "unchanged", says: "the server web (v1) is ACTIVE on cmp2" });
  });

  it("in a state that Nova does not move is left, and that is said", async () => {
    const { fake, cloud } = await opened({ replies: { [`GET ${one}`]: [serverOf("cmp1", "ERROR", null)] } });
    expect((await errorOf(carryOutCloudSteps(cloud, [live]))).message).toMatch(/is ERROR; to be moved or stopped it must be ACTIVE or PAUSED. Nothing was done to it/);
    expect(fake.requests.some((request) => request.startsWith("POST /compute"))).toBe(false);
  });
});
