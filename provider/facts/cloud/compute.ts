import type { AggregateFacts, CloudServerFacts, ComputeServiceFacts, HypervisorFacts, UnconfirmedMove } from "./cloudFacts";
import type { Part } from "./answer";

/** Compute API, "List Compute Services" from 2.53 on: one element of `services`. */
export function computeService(part: Part): ComputeServiceFacts {
  return {
    id: part.at("id").text(),
    host: part.at("host").text(),
    state: part.at("state").word("up", "down"),
    status: part.at("status").word("enabled", "disabled"),
    disabledReason: part.at("disabled_reason").orNull((of) => of.text()),
    forcedDown: part.at("forced_down").orNull((of) => of.boolean()) ?? false,
    updatedAt: part.at("updated_at").orNull((of) => utc(of.text())),
  };
}

/** Nova prints UTC with and without saying so: "2026-11-21T05:44:00.000000" is 2026-11-21T05:44:00.000Z. */
export function utc(text: string): string {
  const time = new Date(/Z$|[+-]\d\d:?\d\d$/.test(text) ? text : `${text}Z`);
  return Number.isNaN(time.valueOf()) ? text : time.toISOString();
}

/** "List Hypervisors Details" from 2.53 on: one element of `hypervisors`, and the service host it belongs to. */
export function hypervisor(part: Part): HypervisorFacts & { readonly serviceHost: string } {
  return {
    hostname: part.at("hypervisor_hostname").text(),
    id: part.at("id").text(),
    type: part.at("hypervisor_type").text(),
    serviceHost: part.at("service").at("host").text(),
  };
}

/** "List Aggregates": one element of `aggregates`, with its members. */
export function aggregate(part: Part): Omit<AggregateFacts, "holdsHost" | "hostCount"> & { readonly hosts: readonly string[] } {
  return {
    id: part.at("id").number(),
    name: part.at("name").text(),
    availabilityZone: part.at("availability_zone").orNull((of) => of.text()),
    metadata: Object.fromEntries(part.at("metadata").entries().filter(([name]) => name !== "availability_zone").map(([name, of]) => [name, of.text()])),
    hosts: part.at("hosts").list().map((of) => of.text()),
  };
}

/** nova/objects/fields.py, InstancePowerState. */
const powerStates = { 0: "none", 1: "running", 3: "paused", 4: "shutdown", 6: "crashed", 7: "suspended" } as const;

/** "List Servers Detailed" from 2.47 on (the flavor is in it), as an admin sees it: one element of `servers`, and its host. */
export function server(part: Part): { readonly server: Omit<CloudServerFacts, "pciAddresses">; readonly host: string | null } {
  const flavor = part.at("flavor");
  const power: number = part.at("OS-EXT-STS:power_state").orNull((of) => of.number()) ?? 0;
  const extraSpecs = flavor.at("extra_specs").orNull((of) => of.entries()) ?? [];
  const known = {
    id: part.at("id").text(),
    name: part.at("name").text(),
    status: part.at("status").text(),
    taskState: part.at("OS-EXT-STS:task_state").orNull((of) => of.text()),
    vmState: part.at("OS-EXT-STS:vm_state").orNull((of) => of.text()) ?? "unknown",
    powerState: power in powerStates ? powerStates[power as keyof typeof powerStates] : "none",
    flavor: flavor.at("original_name").text(),
    projectId: part.at("tenant_id").text(),
    locked: part.at("locked").orNull((of) => of.boolean()) ?? false,
    pciAlias: extraSpecs.find(([name]) => name === "pci_passthrough:alias")?.[1].text() ?? null,
  } as const;
  return { server: known, host: part.at("OS-EXT-SRV-ATTR:host").orNull((of) => of.text()) };
}

/** "List Migrations" from 2.59 on: one element of `migrations`. */
export function unconfirmedMove(part: Part): UnconfirmedMove {
  return { serverId: part.at("instance_uuid").text(), migration: part.at("uuid").text(), to: part.at("dest_compute").text() };
}
