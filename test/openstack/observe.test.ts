import { describe, expect, it } from "vitest";
import { CloudRefusedError } from "../../provider/errors";
import { observeCloudHost } from "../../provider/openstack/observeCloudHost";
import { errorOf, opened } from "./clouds";
import type { FakeReply } from "./fakeCloud";

// Lists of many pages, and reads that something changes in between: a small real cloud has neither.
const nova = "GET /compute/v2.1";
const service = { id: "s1", host: "cmp1", state: "up", status: "enabled", disabled_reason: null, forced_down: false, updated_at: null };
const machine = (name: string): object => ({ id: `h-${name}`, hypervisor_hostname: `${name}.example`, hypervisor_type: "QEMU", service: { host: name } });
const vm = (name: string, host?: string): object => ({
  id: name, name, status: "ACTIVE", tenant_id: "t", flavor: { original_name: "m1" }, "OS-EXT-STS:task_state": null, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1,
  ...(host === undefined ? {} : { "OS-EXT-SRV-ATTR:host": host }),
});
const page = (field: string, items: readonly object[], next?: string): FakeReply => ({
  body: { [field]: items, ...(next === undefined ? {} : { [`${field}_links`]: [{ rel: "next", href: `http://inner.example/v2.1/whatever?${next}` }] }) },
});
const at = "GET /placement/resource_providers";
const rest: Record<string, FakeReply[]> = {
  [`${nova}/os-services`]: [page("services", [service])],
  [`${nova}/os-hypervisors/detail`]: [page("hypervisors", [machine("cmp0")], "marker=h-cmp0"), page("hypervisors", [machine("cmp1")])],
  [`${nova}/os-aggregates`]: [page("aggregates", [])],
  [`${nova}/servers/detail`]: [page("servers", [vm("b", "cmp1")], "all_tenants=1&host=cmp1&marker=b"), page("servers", [vm("a", "cmp1")])],
  [`${nova}/os-migrations`]: [page("migrations", [])],
  [at]: [{ body: { resource_providers: [] } }],
};

describe("a host that is observed", () => {
  it("is found on whatever page it is, with every page of its servers", async () => {
    const { fake, cloud } = await opened({ replies: rest });
    const facts = await observeCloudHost(cloud, { serviceHost: "cmp1" });
    expect(facts.hypervisor).toEqual({ hostname: "cmp1.example", id: "h-cmp1", type: "QEMU" });
    expect(facts.servers.map((one) => one.name)).toEqual(["a", "b"]);
    expect(fake.requests).toContain("GET /compute/v2.1/os-hypervisors/detail?marker=h-cmp0");
    expect(fake.requests).toContain("GET /compute/v2.1/servers/detail?all_tenants=1&host=cmp1&marker=b");
  });

  it("has no provider that went away while its tree was read", async () => {
    const head = (id: string, name: string, parent: string | null): object => ({ uuid: id, name, generation: 5, parent_provider_uuid: parent });
    const held = (more: object): FakeReply => ({ body: { resource_provider_generation: 4, ...more } });
    const { cloud } = await opened({ replies: { ...rest,
      [at]: [{ body: { resource_providers: [head("p2", "cmp1.example_0000:3B:00.0", "h-cmp1"), head("h-cmp1", "cmp1.example", null)] } }],
      [`${at}/h-cmp1/inventories`]: [held({ inventories: {} })], [`${at}/h-cmp1/traits`]: [held({ traits: [] })], [`${at}/h-cmp1/allocations`]: [held({ allocations: {} })],
      [`${at}/p2/inventories`]: [held({ inventories: {} })], [`${at}/p2/traits`]: [held({ traits: [] })],
    } });
    const facts = await observeCloudHost(cloud, { hypervisor: "cmp1.example" });
    expect(facts.providers.map(({ id, generation }) => [id, generation])).toEqual([["h-cmp1", 4]]);
  });

  it("has no servers that are elsewhere, should Nova ignore the filter", async () => {
    const { cloud } = await opened({ replies: { ...rest, [`${nova}/servers/detail`]: [page("servers", [vm("x", "cmp0"), vm("a", "cmp1")])] } });
    expect((await observeCloudHost(cloud, { serviceHost: "cmp1" })).servers.map((one) => one.id)).toEqual(["a"]);
  });

  it("is not planned on where Nova does not say where servers are", async () => {
    const { cloud } = await opened({ replies: { ...rest, [`${nova}/servers/detail`]: [page("servers", [vm("x")])] } });
    const error = await errorOf(observeCloudHost(cloud, { serviceHost: "cmp1" }));
    expect(error).toBeInstanceOf(CloudRefusedError);
    expect(error.message).toMatch(/does not say on which host servers are/);
  });

  it("costs a fleet two reads of each list, not one for each host", async () => {
    const hypervisors = [page("hypervisors", [machine("cmp1")])];
    const { fake, cloud } = await opened({ replies: { ...rest, [`${nova}/os-hypervisors/detail`]: hypervisors } });
    await Promise.all(Array.from({ length: 40 }, () => observeCloudHost(cloud, { serviceHost: "cmp1" })));
    expect(fake.requests.filter((one) => one.includes("os-services"))).toHaveLength(2);
    expect(fake.requests.filter((one) => one.includes("os-hypervisors"))).toHaveLength(2);
  });
});
