import { rmSync, symlinkSync } from "node:fs";
import { join } from "node:path";
import { Stack, succeeded } from "../beds/engine/stack";
import { timed } from "./command";
import { tools } from "../beds/engine/engine";
import type { Hosts } from "./hosts";
import { cards } from "./machine";
import { commandPackage, versions } from "./peers";
import { commandProgram, floorProgram, previewProgram } from "./programs";
import { inOneCommand } from "./reads";
import { peaksOf, type Peaks } from "./processes";
import type { Lane, Setting } from "./rows";

/** Its own files are written once, at the end: making a state is no part of what is timed. */
const quickly = { PULUMI_EXPERIMENTAL: "true", PULUMI_SKIP_CHECKPOINTS: "true" };

/** Dynamic resources that one GpuHost of the bench registers. */
export const resourcesOfHost = 4;

/** A stack whose program finds `data` in hosts.json. */
async function stackOf(hosts: Hosts, program: string, data: object): Promise<Stack> {
  const stack = await Stack.create({ program, environment: { HOME: hosts.home }, config: { "gpuhost:allowUnreviewed": "true" } });
  stack.write("hosts.json", JSON.stringify(data));
  return stack;
}

/** A preview that has anything to show then fails, and the row with it. */
const nothingLeft = ["--expect-no-changes"];

/** `pulumi preview`, timed from its start to its end. */
async function preview(stack: Stack, concurrency: number, ...more: string[]): Promise<number> {
  return (await timed(tools().pulumi, ["preview", ...more, "--stack", "dev", "--parallel", String(concurrency), "--non-interactive", "--color", "never"], { cwd: stack.project, env: stack.environment })).seconds;
}

async function update(stack: Stack, concurrency: number, environment: Readonly<Record<string, string>> = {}): Promise<void> {
  succeeded(await stack.run(["up", "--stack", "dev", "--yes", "--skip-preview", "--parallel", String(concurrency)], { ...quickly, ...environment }));
}

/** A stack that was never applied, and one that was, with one program. */
export interface Pair {
  readonly lanes: readonly Lane[];
  readonly converged: Stack;
  /** Memory while it was applied. */
  readonly applying: Peaks;
  readonly dispose: () => void;
}

const hostsAndCards = (of: readonly string[]): object => ({ hosts: of.map((host) => ({ host, sudo: { mode: "never" } })), cards });

/** Row c, first: our preview of hosts that are as their administrators left them, in a stack that was never applied. */
export async function firstPreview(hosts: Hosts, { addresses, concurrency }: Setting): Promise<{ readonly lane: Lane; readonly dispose: () => void }> {
  const stack = await stackOf(hosts, previewProgram, hostsAndCards(addresses));
  const take = async (): Promise<number> => {
    hosts.show("fresh");
    try {
      return await preview(stack, concurrency);
    } finally {
      hosts.show("converged");
    }
  };
  return { lane: { row: "c first", name: "our preview, nothing applied yet", take }, dispose: () => stack.dispose() };
}

/** Row c: the first preview, and one of hosts that are ready. */
export async function previewPair(hosts: Hosts, setting: Setting): Promise<Pair> {
  const { addresses, concurrency } = setting;
  const first = await firstPreview(hosts, setting);
  const converged = await stackOf(hosts, previewProgram, hostsAndCards(addresses));
  const applying = await peaksOf(() => update(converged, concurrency));
  const lane: Lane = { row: "c converged", name: "our preview, all hosts ready", take: () => preview(converged, concurrency, ...nothingLeft) };
  return { lanes: [first.lane, lane], converged, applying, dispose: () => [first, converged].forEach((one) => one.dispose()) };
}

/** Row g: as many dynamic resources as row c, which do nothing. */
export async function floorPair(hosts: Hosts, { addresses, concurrency }: Setting): Promise<Pair> {
  const data = { hosts: addresses.map((host) => ({ host })), resources: resourcesOfHost };
  const [first, converged] = [await stackOf(hosts, floorProgram, data), await stackOf(hosts, floorProgram, data)];
  const applying = await peaksOf(() => update(converged, concurrency));
  return {
    lanes: [
      { row: "g first", name: "engine's floor, nothing applied yet", take: () => preview(first, concurrency) },
      { row: "g converged", name: "engine's floor, applied", take: () => preview(converged, concurrency, ...nothingLeft) },
    ],
    converged,
    applying,
    dispose: () => [first, converged].forEach((stack) => stack.dispose()),
  };
}

/** Row f: remote commands run in an update only, so an update with another trigger is what is timed. */
export async function commandLane(hosts: Hosts, { addresses, concurrency }: Setting): Promise<{ readonly lane: Lane; readonly dispose: () => void }> {
  const data = { hosts: addresses.map((host) => ({ host })), login: hosts.login, reads: inOneCommand(hosts.tree) };
  const stack = await stackOf(hosts, commandProgram, data);
  try {
    const { modules, plugins } = await commandPackage(stack.environment);
    rmSync(join(stack.project, "node_modules"));
    symlinkSync(modules, join(stack.project, "node_modules"));
    const env = { ...stack.environment, PATH: `${plugins}:${stack.environment["PATH"] ?? ""}` };
    const up = async (round: number): Promise<number> =>
      (await timed(tools().pulumi, ["up", "--stack", "dev", "--yes", "--skip-preview", "--parallel", String(concurrency), "--non-interactive", "--color", "never"], { cwd: stack.project, env: { ...env, BENCH_ROUND: String(round) } })).seconds;
    return { lane: { row: "f", name: `@pulumi/command ${versions.command}, one command a host, pulumi up`, take: up }, dispose: () => stack.dispose() };
  } catch (error) {
    stack.dispose();
    throw error;
  }
}
