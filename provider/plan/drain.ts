import { holdsPci, type CloudServerFacts } from "../facts/cloud/cloudFacts";
import type { CloudConnection } from "../facts/cloud/cloudConnection";
import type { HostFacts } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import { cloudView, computeHostOf } from "./cloudHost";
import type { CloudStep } from "./cloudStep";

/** What may happen to a server. */
export type Fate = "live-migrates" | "cold-migrates" | "stops";

export interface DrainDesired {
  readonly cloud: CloudConnection;
  readonly computeHost?: string | undefined;
  /** Server, by name or id, to what may happen to it. Every running one must be named. */
  readonly instances: Readonly<Record<string, Fate>>;
  /** Seconds for each server to be gone or stopped. */
  readonly deadlineSeconds: number;
}

export interface Drain {
  readonly steps: readonly CloudStep[];
  readonly lines: Readonly<Record<string, string>>;
  readonly findings: readonly Finding[];
  /** Servers that are looked after here: as guests of the host they need no second word. */
  readonly told: readonly string[];
}

/** What a service that we drained says; known again when it is to be enabled. */
export const drainReason = "gpuhost: drained for a reboot, enabled again afterwards";

const nothing: Drain = { steps: [], lines: {}, findings: [], told: [] };
/** A server that is off keeps its place and loses nothing by a reboot. */
const off: ReadonlySet<string> = new Set(["SHUTOFF", "SHELVED", "SHELVED_OFFLOADED", "SUSPENDED", "ERROR", "DELETED", "SOFT_DELETED"]);

/** Before a reboot: the service takes nothing new, and each server meets the fate that was told by name. */
export function drainBefore(facts: HostFacts, desired: DrainDesired | undefined): Drain {
  if (desired === undefined) return nothing;
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  if ("finding" in view) return { ...nothing, findings: [view.finding] };
  const { host } = view.service;
  const steps: CloudStep[] = [{ kind: "disableComputeService", host, reason: drainReason }];
  const lines: Record<string, string> = { [serviceTarget(host)]: `disabled before the reboot and enabled after it: "${drainReason}"` };
  const findings: Finding[] = [];
  const told: string[] = [];
  for (const server of view.facts.servers.filter(({ status }) => !off.has(status))) {
    const fate = desired.instances[server.id] ?? desired.instances[server.name];
    const wrong = fate === undefined ? untold(server) : misfit(server, fate);
    if (wrong !== undefined) findings.push(wrong);
    // Refused here, with more to say than a guest's name.
    told.push(server.id);
    if (fate === undefined || wrong !== undefined) continue;
    steps.push(stepOf(server, fate, host, desired.deadlineSeconds));
    lines[`server ${server.name} (${server.id})`] = sentences[fate];
  }
  for (const move of view.facts.unconfirmedMoves) {
    findings.push(refuse("move-unconfirmed", `A cold move of the server ${move.serverId} away from here waits for its confirmation, and the host keeps its devices until then.`, "Confirm or revert it first."));
  }
  return { steps, lines, findings, told };
}

/** After the reboot, in this run or a later one: the service that we disabled takes servers again. A person's own reason stays. */
export function drainAfter(facts: HostFacts, desired: DrainDesired | undefined): Pick<Drain, "steps" | "lines"> {
  if (desired === undefined) return nothing;
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  if ("finding" in view || view.service.status !== "disabled" || view.service.disabledReason !== drainReason) return nothing;
  const { host } = view.service;
  return {
    steps: [{ kind: "waitForComputeService", host, deadlineSeconds: desired.deadlineSeconds }, { kind: "enableComputeService", host, reason: drainReason }],
    lines: { [serviceTarget(host)]: "enabled again: it was disabled for a reboot that is over" },
  };
}

/** What a run that died, or a reboot that nobody wants any more, left disabled. A cloud that does not answer may hold that, and is refused. */
export function undoDrain(facts: HostFacts, desired: DrainDesired | undefined): Pick<Drain, "steps" | "lines" | "findings"> {
  if (desired === undefined) return nothing;
  const view = cloudView(facts, computeHostOf(facts, desired.computeHost));
  if ("finding" in view) return { ...nothing, findings: view.finding.rule === "cloud-not-read" ? [view.finding] : [] };
  const { steps } = drainAfter(facts, desired);
  if (steps.length === 0) return nothing;
  // Whether nova-compute is up is no business of an undo.
  return { steps: steps.filter(({ kind }) => kind === "enableComputeService"), lines: { [serviceTarget(view.service.host)]: "enabled again: it was disabled for a reboot" }, findings: [] };
}

const serviceTarget = (host: string): string => `service nova-compute on ${host}`;

const sentences: Readonly<Record<Fate, string>> = {
  "live-migrates": "moves to another host while it runs, before the reboot",
  "cold-migrates": "is shut down, moved to another host and started there, before the reboot",
  stops: "is stopped before the reboot, and stays here, off, with its devices",
};

function stepOf(server: CloudServerFacts, fate: Fate, host: string, deadlineSeconds: number): CloudStep {
  const reference = { server: { id: server.id, name: server.name }, host, deadlineSeconds };
  switch (fate) {
    case "live-migrates": return { kind: "liveMigrateServer", ...reference };
    case "cold-migrates": return { kind: "coldMigrateServer", ...reference };
    case "stops": return { kind: "stopServer", ...reference };
  }
}

function untold(server: CloudServerFacts): Finding {
  const pci = holdsPci(server);
  return refuse("server-running", `Server ${server.name} (${server.id}, project ${server.projectId}) runs here${pci ? " with a PCI device, so it cannot move while it runs" : ""}.`,
    `Say what may happen to it: instances: { "${server.name}": ${pci ? '"cold-migrates" or "stops"' : '"live-migrates", "cold-migrates" or "stops"'} }.`);
}

function misfit(server: CloudServerFacts, fate: Fate): Finding | undefined {
  if (server.locked && fate !== "stops") return refuse("server-locked", `Server ${server.name} (${server.id}) is locked, and its owner's lock is not gone round.`, "Ask its owner to unlock it, or move it by hand.");
  if (fate !== "live-migrates" || !holdsPci(server)) return undefined;
  return refuse("server-holds-device", `Server ${server.name} (${server.id}) holds a PCI device and cannot move while it runs.`, 'Tell "cold-migrates" or "stops" for it.');
}

function refuse(rule: string, says: string, remedy: string): Finding {
  return { rule, severity: "refuse", addresses: [], says, remedy };
}
