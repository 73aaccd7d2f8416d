import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { cloudView, computeHostOf } from "./cloudHost";
import { closedForProof, marksOf, notReadyReason, serviceTarget, type GpuReadyDesired } from "./gpuReadyMarks";
import type { Plan } from "./plan";

/**
 * Takes off every mark that is there, and gives the service back where we had disabled it. What the cloud has forgotten of the host needs nothing: a
 * trait goes with the host's provider, everything with its nova-compute.
 */
export function undoGpuReady(facts: HostFacts, desired: GpuReadyDesired): Plan {
  const name = computeHostOf(facts, desired.computeHost);
  const view = cloudView(facts, name);
  const cloud = facts.cloud === undefined ? undefined : known(facts.cloud);
  if ("finding" in view && cloud === undefined) return { steps: [], lines: {}, observed: "not known", findings: [view.finding] };
  const service = cloud?.service ?? undefined;
  if (cloud === undefined || service === undefined) {
    return { steps: [], lines: { host: `nothing: Nova no longer knows nova-compute on "${name}", so no mark of it is left` }, observed: "not known", findings: [] };
  }
  const host = { facts: cloud, service, ...("finding" in view ? {} : { root: view.root }) };
  const due = marksOf(host, desired).filter((mark) => mark.there);
  const enables = desired.computeService === "follows" && closedForProof(service);
  const lines: [string, string][] = due.map((mark) => [mark.target, mark.lost]);
  if (desired.trait !== false && host.root === undefined) lines.push([`provider of ${service.host}`, `nothing: Placement no longer holds the host, and the trait ${desired.trait} went with it`]);
  if (enables) lines.push([serviceTarget(host), "enabled again: it was disabled for want of proof, and nobody looks after that from now on"]);
  return {
    steps: [],
    cloud: [...due.map((mark) => mark.off), ...(enables ? [{ kind: "enableComputeService", host: service.host, reason: notReadyReason } as const] : [])],
    lines: Object.fromEntries(lines),
    observed: due.length > 0 ? "marked" : "not marked",
    findings: [],
  };
}
