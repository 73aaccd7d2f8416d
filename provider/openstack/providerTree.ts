import { allocations, inventories, providerHead, resourceProvider, traits, type ProviderHead } from "../facts/cloud/placement";
import type { ResourceProviderFacts } from "../facts/cloud/cloudFacts";
import type { Part } from "../facts/cloud/answer";
import type { Cloud } from "./cloud";
import { part, placementGet } from "./read";

/** A provider went away between two reads; nova-compute deletes those of devices it no longer offers. */
const gone = [404];

/** The root provider with this id and all below it; empty where Placement has none. */
export async function providerTree(cloud: Cloud, root: string): Promise<ResourceProviderFacts[]> {
  const call = placementGet(`/resource_providers?in_tree=${root}`);
  const heads = part(call, await cloud.call(call)).at("resource_providers").list().map(providerHead);
  const read = await Promise.all(heads.map((head) => wholeProvider(cloud, head)));
  return read.filter((one) => one !== undefined);
}

/** One provider by id; undefined where it is gone. */
export async function providerById(cloud: Cloud, id: string): Promise<ResourceProviderFacts | undefined> {
  const answer = await partOf(cloud, `/resource_providers/${id}`);
  return answer === undefined ? undefined : wholeProvider(cloud, providerHead(answer));
}

async function wholeProvider(cloud: Cloud, head: ProviderHead): Promise<ResourceProviderFacts | undefined> {
  const [held, traited, allocated] = await Promise.all(["inventories", "traits", "allocations"].map((what) => partOf(cloud, `/resource_providers/${head.id}/${what}`)));
  if (held === undefined || traited === undefined || allocated === undefined) return undefined;
  return resourceProvider(head, inventories(held), traits(traited), allocations(allocated));
}

/** Undefined for what is gone. */
export async function partOf(cloud: Cloud, path: string): Promise<Part | undefined> {
  const call = { ...placementGet(path), accept: gone };
  const answer = await cloud.call(call);
  return answer.status === 404 ? undefined : part(call, answer);
}
