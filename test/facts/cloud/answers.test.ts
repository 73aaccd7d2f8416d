import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { CloudConflictError, MalformedFactError } from "../../../provider/errors";
import { Part } from "../../../provider/facts/cloud/answer";
import { findHost, type RegionLists } from "../../../provider/facts/cloud/assemble";
import { aggregate, computeService, hypervisor, server, unconfirmedMove, utc } from "../../../provider/facts/cloud/compute";
import { lacking } from "../../../provider/facts/cloud/lacking";
import { allocations, inventories, pciAddressOf, providerHead, resourceProvider, traits } from "../../../provider/facts/cloud/placement";
import { printPciAddress } from "../../../provider/facts/pciAddress";

const parsers = { aggregate, computeService, hypervisor, server, unconfirmedMove, allocations, inventories, providerHead, traits };

/** Answers as Nova and Placement give them, in the field's own names. */
const answers: Record<keyof typeof parsers, unknown> = {
  aggregate: { id: 1, name: "gpu", availability_zone: "az", metadata: { availability_zone: "az", gpu: "true" }, hosts: ["cmp1"] },
  computeService: { id: "u", host: "cmp1", state: "up", status: "disabled", disabled_reason: "why", forced_down: true, updated_at: "2026-11-21T05:44:00.000000" },
  hypervisor: { id: "u", hypervisor_hostname: "cmp1.example", hypervisor_type: "QEMU", service: { host: "cmp1", id: "s" } },
  server: {
    id: "v", name: "web", status: "ACTIVE", tenant_id: "t", locked: true, flavor: { original_name: "gpu.1", extra_specs: { "pci_passthrough:alias": "a100:2" } },
    "OS-EXT-STS:task_state": null, "OS-EXT-STS:vm_state": "active", "OS-EXT-STS:power_state": 1, "OS-EXT-SRV-ATTR:host": "cmp1",
  },
  unconfirmedMove: { instance_uuid: "v", uuid: "m", dest_compute: "cmp2" },
  allocations: { resource_provider_generation: 4, allocations: { v: { resources: { VCPU: 2 } } } },
  inventories: { resource_provider_generation: 3, inventories: { VCPU: { total: 8, reserved: 1, min_unit: 1, max_unit: 8, step_size: 1, allocation_ratio: 4 } } },
  providerHead: { uuid: "p", name: "cmp1.example_0000:3B:00.0", generation: 9, parent_provider_uuid: "r" },
  traits: { resource_provider_generation: 5, traits: ["B", "A"] },
};
const read = <K extends keyof typeof parsers>(name: K, of: unknown): ReturnType<(typeof parsers)[K]> => parsers[name](new Part(name, of)) as ReturnType<(typeof parsers)[K]>;

describe("an answer", () => {
  it("of Nova becomes facts", () => {
    expect(read("computeService", answers.computeService)).toEqual({ id: "u", host: "cmp1", state: "up", status: "disabled", disabledReason: "why", forcedDown: true, updatedAt: "2026-11-21T05:44:00.000Z" });
    expect(read("hypervisor", answers.hypervisor)).toEqual({ id: "u", hostname: "cmp1.example", type: "QEMU", serviceHost: "cmp1" });
    expect(read("aggregate", answers.aggregate)).toEqual({ id: 1, name: "gpu", availabilityZone: "az", metadata: { gpu: "true" }, hosts: ["cmp1"] });
    expect(read("server", answers.server)).toEqual({ host: "cmp1", server: {
      id: "v", name: "web", status: "ACTIVE", taskState: null, vmState: "active", powerState: "running", flavor: "gpu.1", projectId: "t", locked: true, pciAlias: "a100:2",
    } });
  });

  it("of Placement becomes a provider, of the oldest generation that was read", () => {
    const provider = resourceProvider(read("providerHead", answers.providerHead), read("inventories", answers.inventories), read("traits", answers.traits), read("allocations", answers.allocations));
    expect(provider).toEqual({
      id: "p", name: "cmp1.example_0000:3B:00.0", pciAddress: "0000:3b:00.0", generation: 3, parent: "r", traits: ["A", "B"],
      inventories: [{ resourceClass: "VCPU", total: 8, reserved: 1, used: 2 }], allocations: [{ consumer: "v", resources: { VCPU: 2 } }],
    });
  });

  // A field that is missing, null or of another type must never become a default that somebody plans on.
  it.each(Object.keys(parsers) as (keyof typeof parsers)[])("of another form is an error with its place and nothing else: %s", (name) => {
    fc.assert(fc.property(fc.constantFrom(...ways(answers[name])), fc.anything({ maxDepth: 2 }), (way, odd) => {
      try {
        read(name, replaced(answers[name], way, odd));
      } catch (cause) {
        expect(cause).toBeInstanceOf(MalformedFactError);
        expect((cause as Error).message).toMatch(new RegExp(`^${name}\\b.* holds .*which is not`, "s"));
      }
    }));
    expect(() => read(name, undefined)).toThrow(MalformedFactError);
  });

  it("says times in UTC", () => {
    expect([utc("2026-11-21T05:44:00.000000"), utc("2026-11-21T05:44:00Z"), utc("2026-11-21 05:44:00"), utc("2026-11-21T06:44:00+01:00")])
      .toEqual(Array.from({ length: 4 }, () => "2026-11-21T05:44:00.000Z"));
  });
});

type Way = readonly (string | number)[];

/** Every place in an answer, the whole of it first. */
function ways(of: unknown, way: Way = []): Way[] {
  const below = typeof of === "object" && of !== null ? Object.entries(of).flatMap(([name, part]) => ways(part, [...way, Array.isArray(of) ? Number(name) : name])) : [];
  return [way, ...below];
}

function replaced(of: unknown, [first, ...rest]: Way, by: unknown): unknown {
  if (first === undefined) return by;
  const copy: Record<string, unknown> = Object.assign(Array.isArray(of) ? ([] as unknown as Record<string, unknown>) : {}, of);
  copy[first] = replaced(copy[first], rest, by);
  return copy;
}

describe("the name of a provider", () => {
  const address = fc.record({ domain: fc.nat(0xffff), bus: fc.nat(0xff), device: fc.nat(0x1f), function: fc.nat(7) }).map(printPciAddress);

  it("gives the address of its device in Linux's form, whatever the host is called", () => {
    fc.assert(fc.property(fc.string(), address, (host, device) => {
      expect(pciAddressOf(`${host}_${device.toUpperCase()}`)).toBe(device);
    }));
  });

  it("that ends otherwise is no device's", () => {
    expect(["cmp1", "cmp1_", "0000:3b:00.0", "cmp1_NUMA_0", "cmp1_0000:3b:00"].map(pciAddressOf)).toEqual([null, null, null, null, null]);
  });
});

const service = (host: string): RegionLists["services"][number] => ({ id: host, host, state: "up", status: "enabled", disabledReason: null, forcedDown: false, updatedAt: null });
const machine = (hostname: string, serviceHost: string): RegionLists["hypervisors"][number] => ({ hostname, id: hostname, type: "QEMU", serviceHost });

describe("a host is found", () => {
  const lists: RegionLists = { services: [service("cmp1"), service("cmp2"), service("ironic")], hypervisors: [machine("cmp1.example", "cmp1"), machine("n1", "ironic"), machine("n2", "ironic")], aggregates: [] };

  it.each([{ serviceHost: "cmp1" }, { hypervisor: "cmp1.example" }, { serviceHost: "cmp1", hypervisor: "cmp1.example" }])("by %j", (name) => {
    expect(findHost(name, lists)).toEqual({ service: service("cmp1"), hypervisor: { hostname: "cmp1.example", id: "cmp1.example", type: "QEMU" }, similar: [] });
  });

  it("without a hypervisor while nova-compute never registered one", () => {
    expect(findHost({ serviceHost: "cmp2" }, lists)).toEqual({ service: service("cmp2"), hypervisor: null, similar: [] });
  });

  it("not under a name that is nearly right, which is said", () => {
    expect(findHost({ serviceHost: "CMP1.other.domain" }, lists)).toEqual({ service: null, hypervisor: null, similar: ["cmp1", "cmp1.example"] });
  });

  it("not when two names belong to two hosts, or one service has several hypervisors", () => {
    expect(() => findHost({ serviceHost: "cmp2", hypervisor: "cmp1.example" }, lists)).toThrow(CloudConflictError);
    expect(() => findHost({ serviceHost: "ironic" }, lists)).toThrow(/drives several hypervisors \(n1, n2\)/);
  });
});

describe("what Placement is to hold", () => {
  const provider = resourceProvider(read("providerHead", answers.providerHead), {
    generation: 1, byClass: new Map([["CUSTOM_A100", { total: 1, reserved: 0, min_unit: 1, max_unit: 1, step_size: 1, allocation_ratio: 1 }]]),
  }, { generation: 1, traits: ["CUSTOM_HBM"] }, { generation: 1, allocations: [] });
  const [address, other] = ["0000:3b:00.0", "0000:af:00.0"];
  const inventory = { resourceClass: "CUSTOM_A100", total: 1 };

  it.each<[string, Parameters<typeof lacking>[1], string[]]>([
    ["all there", [{ address, inventory, traits: ["CUSTOM_HBM"] }, { address: other, inventory: null }], []],
    ["no provider", [{ address: other, inventory }], ["0000:af:00.0 has no provider"]],
    ["another class", [{ address, inventory: { resourceClass: "CUSTOM_T4", total: 1 } }], ["0000:3b:00.0 offers 1 CUSTOM_A100, not 1 CUSTOM_T4"]],
    ["another count", [{ address, inventory: { ...inventory, total: 2 } }], ["0000:3b:00.0 offers 1 CUSTOM_A100, not 2 CUSTOM_A100"]],
    ["a trait missing", [{ address, inventory, traits: ["CUSTOM_X"] }], ["0000:3b:00.0 lacks the trait CUSTOM_X"]],
    ["still there", [{ address, inventory: null }], ["0000:3b:00.0 still offers 1 CUSTOM_A100"]],
  ])("is compared: %s", (_, expected, lacks) => expect(lacking([provider], expected)).toEqual(lacks));
});
