import { CloudRefusedError } from "../errors";
import { cloudHostFacts, findHost, type CloudHostName, type RegionLists } from "../facts/cloud/assemble";
import type { CloudHostFacts } from "../facts/cloud/cloudFacts";
import { aggregate, computeService, hypervisor, server, unconfirmedMove } from "../facts/cloud/compute";
import type { Cloud } from "./cloud";
import { novaList } from "./read";
import { providerTree } from "./providerTree";

/**
 * Reads what the control plane says about one host; changes nothing. Three rounds of calls: the region's lists (shared by
 * hosts that are read at the same time), the host's servers and provider tree, and what each provider holds.
 * @throws CloudUnreachableError, CloudAuthError, CloudRefusedError; CloudConflictError when two names belong to two hosts.
 */
export async function observeCloudHost(cloud: Cloud, name: CloudHostName): Promise<CloudHostFacts> {
  const lists = await regionLists(cloud);
  const found = findHost(name, lists);
  const [providers, servers, unconfirmedMoves] = await Promise.all([
    found.hypervisor === null ? [] : providerTree(cloud, found.hypervisor.id),
    found.service === null ? [] : serversOn(cloud, found.service.host),
    found.service === null ? [] : unconfirmedFrom(cloud, found.service.host),
  ]);
  return cloudHostFacts({ region: cloud.region, found, aggregates: lists.aggregates, providers, servers, unconfirmedMoves });
}

async function regionLists(cloud: Cloud): Promise<RegionLists> {
  const [services, hypervisors, aggregates] = await Promise.all([
    novaList(cloud, "/os-services?binary=nova-compute", "services", { shared: true }),
    novaList(cloud, "/os-hypervisors/detail", "hypervisors", { shared: true }),
    novaList(cloud, "/os-aggregates", "aggregates", { shared: true }),
  ]);
  return { services: services.map(computeService), hypervisors: hypervisors.map(hypervisor), aggregates: aggregates.map(aggregate) };
}

async function serversOn(cloud: Cloud, host: string): Promise<ReturnType<typeof server>[]> {
  const servers = (await novaList(cloud, `/servers/detail?all_tenants=1&host=${encodeURIComponent(host)}`, "servers")).map(server);
  // Nova drops the filter for users who may not use it, and leaves the field out.
  if (servers.some((one) => one.host === null)) {
    throw new CloudRefusedError("cloud-hosts-hidden", `${cloud.name}: Nova does not say on which host servers are: the credentials need the admin role, or a policy that shows os-extended-server-attributes.`, host);
  }
  return servers;
}

/** "finished" is Nova's word for a cold move that waits for its confirmation. */
async function unconfirmedFrom(cloud: Cloud, host: string): Promise<ReturnType<typeof unconfirmedMove>[]> {
  const path = `/os-migrations?status=finished&source_compute=${encodeURIComponent(host)}`;
  return (await novaList(cloud, path, "migrations", { microversion: "2.59" })).map(unconfirmedMove);
}
