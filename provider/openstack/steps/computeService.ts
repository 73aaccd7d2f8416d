import { CloudConflictError } from "../../errors";
import { computeService } from "../../facts/cloud/compute";
import type { ComputeServiceFacts } from "../../facts/cloud/cloudFacts";
import type { DisableComputeService, EnableComputeService, WaitForComputeService } from "../../plan/cloudStep";
import type { Call, Cloud } from "../cloud";
import { computeVersion, novaList } from "../read";
import type { CloudStepOutcome, Say } from "./outcome";
import { until } from "./until";
import { readBack, write } from "./write";

async function find(cloud: Cloud, host: string): Promise<ComputeServiceFacts | undefined> {
  const services = await novaList(cloud, `/os-services?binary=nova-compute&host=${encodeURIComponent(host)}`, "services");
  return services.map(computeService).find((one) => one.host === host);
}

async function needed(cloud: Cloud, host: string): Promise<ComputeServiceFacts> {
  const service = await find(cloud, host);
  if (service !== undefined) return service;
  throw new CloudConflictError("no-compute-service", `${cloud.name}: Nova knows no compute service on ${host}. nova-compute never started there, runs under another name, or its record was deleted.`, host);
}

const put = (id: string, body: unknown): Call => ({ service: "compute", method: "PUT", path: `/os-services/${id}`, microversion: computeVersion, body });

export async function disableComputeService(cloud: Cloud, step: DisableComputeService): Promise<CloudStepOutcome> {
  const { kind, host, reason } = step;
  const service = await needed(cloud, host);
  if (service.status === "disabled" && service.disabledReason === reason) return { kind, state: "unchanged", says: `is disabled ("${reason}")` };
  if (service.status === "disabled") return { kind, state: "left", says: `is disabled for another reason, ${quoted(service)}, which stays` };
  const isOurs = async (): Promise<boolean> => {
    const now = await find(cloud, host);
    return now?.status === "disabled" && now.disabledReason === reason;
  };
  await write(cloud, put(service.id, { status: "disabled", disabled_reason: reason }), isOurs);
  readBack(await isOurs(), `${cloud.name}: the compute service on ${host} was disabled`, host);
  return { kind, state: "done", says: `disabled ("${reason}")` };
}

export async function enableComputeService(cloud: Cloud, step: EnableComputeService): Promise<CloudStepOutcome> {
  const { kind, host, reason } = step;
  const service = await needed(cloud, host);
  if (service.status === "enabled") return { kind, state: "unchanged", says: "is enabled" };
  if (service.disabledReason !== reason) return { kind, state: "left", says: `stays disabled: its reason is ${quoted(service)}, not ours` };
  const isEnabled = async (): Promise<boolean> => (await find(cloud, host))?.status === "enabled";
  await write(cloud, put(service.id, { status: "enabled" }), isEnabled);
  readBack(await isEnabled(), `${cloud.name}: the compute service on ${host} was enabled`, host);
  return { kind, state: "done", says: "enabled" };
}

export async function waitForComputeService(cloud: Cloud, step: WaitForComputeService, say: Say): Promise<CloudStepOutcome> {
  const { kind, host, since, deadlineSeconds } = step;
  const failed = `${cloud.name}: the compute service on ${host} did not come up${since === undefined ? "" : " again"}`;
  return until({ failed, deadlineSeconds, host }, say, async () => {
    const service = await find(cloud, host);
    if (service === undefined) return { yet: "Nova knows no such service" };
    const beat = service.updatedAt === null ? "it never sent a heartbeat" : `its last heartbeat is of ${service.updatedAt}`;
    if (service.state === "down") return { yet: `it is down${service.forcedDown ? ", by force-down" : ""}; ${beat}` };
    const isNew = since === undefined || (service.updatedAt !== null && Date.parse(service.updatedAt) > Date.parse(since));
    if (!isNew) return { yet: `no heartbeat since ${since}` };
    return { end: { kind, state: "done", says: `is up; ${beat}` } };
  });
}

const quoted = (service: ComputeServiceFacts): string => (service.disabledReason === null ? "none that was given" : `"${service.disabledReason}"`);
