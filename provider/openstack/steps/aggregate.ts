import { CloudConflictError } from "../../errors";
import { aggregate } from "../../facts/cloud/compute";
import type { JoinAggregate, LeaveAggregate } from "../../plan/cloudStep";
import type { Call, Cloud } from "../cloud";
import { computeVersion, novaList } from "../read";
import type { CloudStepOutcome } from "./outcome";
import { readBack, write } from "./write";

type Aggregate = ReturnType<typeof aggregate>;

/** Nova keeps names of aggregates unique. */
async function find(cloud: Cloud, name: string): Promise<Aggregate | undefined> {
  return (await novaList(cloud, "/os-aggregates", "aggregates")).map(aggregate).find((one) => one.name === name);
}

const holds = async (cloud: Cloud, step: JoinAggregate | LeaveAggregate): Promise<boolean> => (await find(cloud, step.aggregate))?.hosts.includes(step.host) ?? false;

const post = (path: string, body: unknown): Call => ({ service: "compute", method: "POST", path, microversion: computeVersion, body });

/** Adds and removes name this one host, so stacks that mark other hosts at the same time do not meet. */
export async function joinAggregate(cloud: Cloud, step: JoinAggregate): Promise<CloudStepOutcome> {
  const { kind, host } = step;
  const found = (await find(cloud, step.aggregate)) ?? (await create(cloud, step));
  if (found.hosts.includes(host)) return { kind, state: "unchanged", says: `${found.name} holds ${host}` };
  await finish(cloud, found, step);
  await write(cloud, post(`/os-aggregates/${found.id}/action`, { add_host: { host } }), () => holds(cloud, step));
  readBack(await holds(cloud, step), `${cloud.name}: ${host} was put into the aggregate ${found.name}`, host);
  return { kind, state: "done", says: `${found.name} holds ${host}` };
}

export async function leaveAggregate(cloud: Cloud, step: LeaveAggregate): Promise<CloudStepOutcome> {
  const { kind, host } = step;
  const found = await find(cloud, step.aggregate);
  if (found === undefined) return { kind, state: "unchanged", says: `there is no aggregate ${step.aggregate}` };
  if (!found.hosts.includes(host)) return { kind, state: "unchanged", says: `${found.name} does not hold ${host}` };
  const isOut = async (): Promise<boolean> => !(await holds(cloud, step));
  await write(cloud, post(`/os-aggregates/${found.id}/action`, { remove_host: { host } }), isOut);
  readBack(await isOut(), `${cloud.name}: ${host} was taken out of the aggregate ${found.name}`, host);
  return { kind, state: "done", says: `${found.name} does not hold ${host}` };
}

async function create(cloud: Cloud, step: JoinAggregate): Promise<Aggregate> {
  const { aggregate: name, create: wish, host } = step;
  if (wish === undefined) {
    throw new CloudConflictError("no-aggregate", `${cloud.name}: there is no aggregate ${name}, and none is to be made. Make it first, or see whether the name is right.`, host);
  }
  const body = { aggregate: { name, ...(wish.availabilityZone === undefined ? {} : { availability_zone: wish.availabilityZone }) } };
  // Another stack may make it at the same moment.
  await write(cloud, post("/os-aggregates", body), async () => (await find(cloud, name)) !== undefined);
  const made = await find(cloud, name);
  if (made !== undefined) return made;
  throw new CloudConflictError("cloud-read-back", `${cloud.name}: the aggregate ${name} was made, and is not there right afterwards: somebody else removes it. Nothing more was done.`, host);
}

/** Metadata comes in a second call: an aggregate without hosts and metadata is one that a run left half made. */
async function finish(cloud: Cloud, found: Aggregate, step: JoinAggregate): Promise<void> {
  const metadata = step.create?.metadata ?? {};
  if (found.hosts.length > 0 || Object.keys(found.metadata).length > 0 || Object.keys(metadata).length === 0) return;
  await cloud.call({ ...post(`/os-aggregates/${found.id}/action`, { set_metadata: { metadata } }), repeatable: true });
}
