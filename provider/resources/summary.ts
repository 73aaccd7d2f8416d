import * as pulumi from "@pulumi/pulumi";
import type { Lines } from "../controllers/record";
import { goneHosts } from "../controllers/settings";
import { isKnown, valueOf } from "./outputs";
import { aliasDisagreements } from "./aliasAgreement";
import type { Entry, Run } from "./run";

/** Ways to end that need no word. */
const good: ReadonlySet<string> = new Set(["applied", "ready", "needs-reboot", "planned", "converged", "waiting"]);
/** Worst first: what a host is called when its resources ended in different ways. */
const order = ["failed", "unreachable", "stopped", "refused", "unreviewed", "not-ready", "held", "skipped"];

interface Ended {
  readonly entry: Entry;
  readonly status: string;
  readonly says: string;
}

/**
 * Waits for everything registered, says of each resource that did not get through why, and gives the one sentence that ends
 * the run; undefined when all went well. In `pulumi preview` each is an error beside its resource. Where something follows the
 * preview (`goesOn`) an error would take its turn from every other host, so there, and in the update, it is a warning.
 */
export async function summary(run: Run, goesOn: boolean): Promise<string | undefined> {
  const ended: Ended[] = [];
  for (let done = 0; done < run.entries.length; done = ended.length) {
    // More may have been made meanwhile, inside an apply.
    ended.push(...(await Promise.all(run.entries.slice(done).map((entry) => outcome(run, entry)))));
  }
  const log = pulumi.runtime.isDryRun() && !goesOn ? pulumi.log.error : pulumi.log.warn;
  const bad = ended.filter(({ status }) => !good.has(status));
  const said = new Set<string>();
  await warnOfPlans(run, ended, said);
  await warnOfAliases(run);
  await warnOfGone(run);
  await announce(run);
  for (const { entry, status, says } of bad) {
    const text = says.includes(entry.host) ? says : `${entry.host}: ${says === "" ? status.replace("-", " ") : says}`;
    // The engine says itself what failed; that a resource waits for another of its host follows from what is said of that one.
    const follows = (status === "held" || status === "skipped") && bad.some((other) => other.entry.host === entry.host && other.status !== "held" && other.status !== "skipped");
    if (status !== "failed" && !follows && !said.has(text)) await log(text, entry.resource);
    said.add(text);
  }
  await warnOfBoots(ended, bad);
  return !goesOn && bad.length > 0 ? sentence(run.entries, bad) : undefined;
}

/** What this boot could not do is no failure, and nobody would look for it: a driver that never came back from an unbind, for one. */
async function warnOfBoots(ended: readonly Ended[], bad: readonly Ended[]): Promise<void> {
  for (const { entry, status, says } of ended) {
    if (status !== "needs-reboot" || says === "") continue;
    const rebooted = ended.some((other) => other.entry.host === entry.host && other.entry.kind === "HostReboot" && other.status === "applied");
    if (!rebooted && !bad.some((other) => other.entry.host === entry.host)) await pulumi.log.warn(`${entry.host}: ${entry.kind} waits for a reboot: ${says}`, entry.resource);
  }
}

/** Beside a plan that a person is about to agree to stands what speaks against it without forbidding it. */
async function warnOfPlans(run: Run, ended: readonly Ended[], said: Set<string>): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  for (const { entry, status } of ended) {
    if (status !== "planned") continue;
    for (const warning of (await run.proposal(entry))?.warnings ?? []) {
      const text = `${entry.host}: ${warning}`;
      if (!said.has(text)) await pulumi.log.warn(text, entry.resource);
      said.add(text);
    }
  }
}

/** Which wave of a fleet goes, and what keeps the next one. */
async function announce(run: Run): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  for (const { says, warns } of await Promise.all(run.announcements.map((one) => one()))) {
    await pulumi.log.info(says);
    if (warns !== undefined) await pulumi.log.warn(warns);
  }
}

/** Controllers and compute hosts that do not have the same aliases now. */
async function warnOfAliases(run: Run): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const plans = new Map<string, Lines>();
  for (const entry of run.entries.filter(({ kind }) => kind === "NovaPciAlias" || kind === "NovaPci")) {
    const proposal = await run.proposal(entry);
    if (proposal?.proposal === "planned" || proposal?.proposal === "converged") plans.set(entry.host, { ...plans.get(entry.host), ...proposal.plan });
  }
  for (const sentence of aliasDisagreements(plans)) await pulumi.log.warn(`Nova's aliases are not the same everywhere: ${sentence}`);
}

/** A host that is declared gone and still in the program would be forgotten, not undone, when it is taken out. */
async function warnOfGone(run: Run): Promise<void> {
  if (!pulumi.runtime.isDryRun()) return;
  const gone = [...goneHosts(pulumi.runtime.getConfig("gpuhost:goneHosts")), ...goneHosts(process.env["GPUHOST_GONE_HOSTS"])];
  for (const host of new Set(run.entries.map((entry) => entry.host))) {
    if (gone.includes(host)) await pulumi.log.warn(`${host} is declared gone and is in the program: whatever answers there counts as a new machine, and is forgotten, not undone, when it is taken out. Take it out of gpuhost:goneHosts after this run.`);
  }
}

async function outcome(run: Run, entry: Entry): Promise<Ended> {
  const proposal = await run.proposal(entry);
  const text = Object.values(proposal?.plan ?? {}).join(" ");
  const { resource } = entry;
  if (resource === undefined) return { entry, status: proposal?.proposal ?? "planned", says: text };
  try {
    await valueOf(resource.urn);
    if (pulumi.runtime.isDryRun() || !(await isKnown(resource.status))) {
      return { entry, status: proposal?.proposal ?? "planned", says: text };
    }
    return { entry, status: await valueOf(resource.status), says: await valueOf(resource.says) };
  } catch (error) {
    return { entry, status: "failed", says: error instanceof Error ? error.message : String(error) };
  }
}

function sentence(all: readonly Entry[], bad: readonly Ended[]): string {
  const worst = new Map<string, string>();
  for (const { entry, status } of bad) {
    const before = worst.get(entry.host);
    if (before === undefined || order.indexOf(status) < order.indexOf(before)) worst.set(entry.host, status);
  }
  const total = new Set(all.map((entry) => entry.host)).size;
  const parts = order.flatMap((status) => {
    const hosts = [...worst].filter(([, of]) => of === status).map(([host]) => host).sort();
    return hosts.length === 0 ? [] : [`${hosts.length} of ${total} hosts ${status.replace("-", " ")}: ${hosts.join(", ")}`];
  });
  return `${parts.join("; ")}.`;
}
