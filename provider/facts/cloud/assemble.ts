import { CloudConflictError } from "../../errors";
import type { aggregate, hypervisor, server } from "./compute";
import type { CloudHostFacts, ComputeServiceFacts, ResourceProviderFacts, UnconfirmedMove } from "./cloudFacts";

/** How a host is called by whoever asks: the service host, the hypervisor hostname, or both, which must then belong together. */
export interface CloudHostName {
  /** `host` of nova.conf. */
  readonly serviceHost?: string;
  /** Name of the root provider; with libvirt the FQDN. */
  readonly hypervisor?: string;
}

/** The lists of a region, read once for all hosts. */
export interface RegionLists {
  readonly services: readonly ComputeServiceFacts[];
  readonly hypervisors: readonly ReturnType<typeof hypervisor>[];
  readonly aggregates: readonly ReturnType<typeof aggregate>[];
}

export type FoundHost = Pick<CloudHostFacts, "service" | "hypervisor" | "similar">;

/** @throws CloudConflictError when the two names belong to two hosts, or one service drives several hypervisors. */
export function findHost(name: CloudHostName, lists: RegionLists): FoundHost {
  const wanted = name.hypervisor === undefined ? undefined : lists.hypervisors.find((one) => one.hostname === name.hypervisor);
  const serviceHost = name.serviceHost ?? wanted?.serviceHost;
  const service = lists.services.find((one) => one.host === serviceHost) ?? null;
  const driven = lists.hypervisors.filter((one) => one.serviceHost === serviceHost);
  if (wanted !== undefined && serviceHost !== undefined && wanted.serviceHost !== serviceHost) {
    throw new CloudConflictError("cloud-host-names", `Nova's hypervisor ${wanted.hostname} belongs to the compute service on ${wanted.serviceHost}, not to the one on ${serviceHost}. Name the host right.`, serviceHost);
  }
  if (wanted === undefined && driven.length > 1) {
    const names = driven.map((one) => one.hostname).join(", ");
    throw new CloudConflictError("cloud-host-names", `The compute service on ${serviceHost} drives several hypervisors (${names}): name the one that is meant.`, serviceHost);
  }
  const found = name.hypervisor === undefined ? driven[0] : wanted;
  const known = found === undefined ? null : { hostname: found.hostname, id: found.id, type: found.type };
  return { service, hypervisor: known, similar: service === null && known === null ? similarTo(name, lists) : [] };
}

function similarTo(name: CloudHostName, lists: RegionLists): string[] {
  const short = (host: string): string => host.toLowerCase().split(".")[0] ?? "";
  const wanted = new Set([name.serviceHost, name.hypervisor].flatMap((one) => (one === undefined ? [] : [short(one)])));
  const all = [...lists.services.map((one) => one.host), ...lists.hypervisors.map((one) => one.hostname)];
  return [...new Set(all.filter((one) => wanted.has(short(one))))].sort();
}

export interface HostReads {
  readonly region: string | null;
  readonly found: FoundHost;
  readonly aggregates: RegionLists["aggregates"];
  readonly providers: readonly ResourceProviderFacts[];
  readonly servers: readonly ReturnType<typeof server>[];
  readonly unconfirmedMoves: readonly UnconfirmedMove[];
}

export function cloudHostFacts(reads: HostReads): CloudHostFacts {
  const { found, providers } = reads;
  const serviceHost = found.service?.host;
  const addressesOf = (consumer: string): string[] =>
    providers.flatMap((one) => (one.pciAddress !== null && one.allocations.some((held) => held.consumer === consumer) ? [one.pciAddress] : [])).sort();
  return {
    region: reads.region,
    ...found,
    providers: inTreeOrder(providers),
    aggregates: reads.aggregates.map(({ hosts, ...rest }) => ({ ...rest, holdsHost: serviceHost !== undefined && hosts.includes(serviceHost), hostCount: hosts.length })).sort(byName),
    servers: reads.servers.filter((one) => one.host === serviceHost).map((one) => ({ ...one.server, pciAddresses: addressesOf(one.server.id) })).sort(byName),
    unconfirmedMoves: reads.unconfirmedMoves,
  };
}

function byName(a: { readonly name: string; readonly id: string | number }, b: { readonly name: string; readonly id: string | number }): number {
  return a.name < b.name ? -1 : a.name > b.name ? 1 : a.id < b.id ? -1 : 1;
}

/** Root first, then by name. */
function inTreeOrder(providers: readonly ResourceProviderFacts[]): ResourceProviderFacts[] {
  return [...providers].sort((a, b) => Number(a.parent !== null) - Number(b.parent !== null) || (a.name < b.name ? -1 : 1));
}
