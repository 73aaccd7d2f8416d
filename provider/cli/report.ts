import { writeFileSync } from "node:fs";
import { basename, resolve } from "node:path";
import { GpuhostError, InputError } from "../errors";
import { hostFacts } from "../facts/assemble";
import { isPciAddress } from "../facts/pciAddress";
import { known } from "../facts/reading";
import { today } from "../host/today";
import type { GpuPolicy } from "../readiness/gpuPolicy";
import { htmlReport, jsonReport, svgReport } from "../report/files";
import { hostModel } from "../report/hostModel";
import type { HostModel, ReportModel } from "../report/model";
import { withoutAddresses, withoutIdentities } from "./identities";
import { openGraphviz } from "./graphviz";
import { dayOf, policyLine, policyOf, readPolicy } from "./policy";
import { readSource, type Source } from "./source";

export interface ReportOptions {
  readonly recording: readonly string[];
  readonly root: readonly string[];
  /** Default: standard output. */
  readonly output?: string;
  readonly policy?: string;
  /** What the policy calls the host; of one host only. */
  readonly name?: string;
  /** The day that exceptions are held against. Default: today in UTC. */
  readonly today?: string;
  readonly card: readonly string[];
  readonly svg?: boolean;
  readonly json?: boolean;
}

/** Hosts read at the same time. */
const atOnce = 16;
const unreadable = 3;

/** Writes the report of all hosts, those that could not be read among them, and returns the exit status. */
export async function report(hosts: readonly string[], options: ReportOptions, version: string): Promise<number> {
  const sources: readonly Source[] = [...hosts.map((host) => ({ host })), ...options.recording.map((recording) => ({ recording })), ...options.root.map((root) => ({ root }))];
  const all = sources.length === 0 ? [{}] : sources;
  if (options.name !== undefined && all.length > 1) throw new InputError("usage", "--name is the name of one host, and several are to be read");
  const wrong = options.card.filter((address) => !isPciAddress(address));
  if (wrong.length > 0) throw new InputError("usage", `--card ${wrong[0]}: expected a PCI address such as 0000:65:00.0`);
  const names = shownNames(all, options.name);
  const readOn = options.today === undefined ? today() : dayOf(options.today);
  const policy = readPolicy(options.policy);
  const models: HostModel[] = [];
  for (let at = 0; at < all.length; at += atOnce) models.push(...(await Promise.all(all.slice(at, at + atOnce).map((source, index) => modelOf(source, names[at + index] ?? "", policy, readOn, options)))));
  const text = await printed({ schema: 1, hosts: models.map(withoutAddresses) }, options, version);
  if (options.output === undefined) process.stdout.write(text);
  else write(options.output, text);
  for (const host of models) if ("unread" in host) process.stderr.write(`gpuhost: ${host.unread}\n`);
  return models.some((host) => "unread" in host) ? unreadable : 0;
}

/** Hosts as they were named; of files the last part of the path, where that tells them apart. */
function shownNames(sources: readonly Source[], name: string | undefined): string[] {
  const paths = sources.map(({ recording, root }) => recording ?? root);
  const last = paths.map((path) => (path === undefined ? undefined : basename(resolve(path))));
  return sources.map(({ host }, at) => name ?? host ?? (last.filter((other) => other === last[at]).length > 1 ? paths[at] : last[at]) ?? "this machine");
}

async function modelOf(source: Source, shown: string, whole: GpuPolicy, readOn: string, options: ReportOptions): Promise<HostModel> {
  try {
    const read = await readSource(source);
    const facts = { ...hostFacts(read.snapshot, read.hostKey), readOn };
    const host = options.name ?? source.host ?? known(facts.system.hostname) ?? "";
    const policy = policyOf(host, whole);
    const model = hostModel(facts, { name: shown, policy, policySays: options.policy === undefined ? undefined : policyLine(basename(options.policy), host, policy), cards: options.card.length === 0 ? undefined : options.card });
    return withoutIdentities(model, facts);
  } catch (error) {
    if (!(error instanceof GpuhostError)) throw error;
    return { name: shown, unread: error.message };
  }
}

async function printed(model: ReportModel, { svg, json }: ReportOptions, version: string): Promise<string> {
  if (json === true) return jsonReport(model);
  const graphviz = await openGraphviz();
  return svg === true ? svgReport(model, graphviz) : htmlReport(model, graphviz, version);
}

function write(path: string, text: string): void {
  try {
    writeFileSync(path, text);
  } catch (error) {
    throw new InputError("usage", `${path} cannot be written: ${error instanceof Error ? error.message : String(error)}`);
  }
}
