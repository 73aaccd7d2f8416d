import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { Summary } from "../../../provider/rollout/summary";
import { root } from "../../beds/engine/engine";
import { Running } from "../../beds/engine/running";
import { Stack } from "../../beds/engine/stack";
import type { FleetHosts } from "./hosts";

/** A stack as docs/scale.md has it, one failure domain: its hosts come from hosts.json. */
const program = `
const gpuhost = require("pulumi-gpuhost");
const { hosts, rollout } = require("./hosts.json");
module.exports = gpuhost.program(() => {
  const shared = { reboot: "whenNeeded", kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] } };
  const fleet = new gpuhost.GpuFleet("domain", { hosts: Object.fromEntries(Object.entries(hosts).map(([name, of]) => [name, { ...shared, ...of }])), rollout });
  return { ready: fleet.ready };
});`;

/** Every host has its turn at once: the most that a preview can have to show, and that can go on at a time. */
const allAtOnce = { canary: 0, maxUnavailable: "100%" };
/** A canary, then two halves. A dead host takes room and counts as failed, so both have some. */
const inWaves = { canary: 1, maxUnavailable: "50%", stopAfterFailures: "20%" };

async function stackOf(hosts: FleetHosts, from: number, to: number, rollout: object): Promise<Stack> {
  const stack = await Stack.create({ program, environment: { HOME: hosts.home } });
  stack.write("hosts.json", JSON.stringify({ hosts: hosts.wishes(from, to), rollout }));
  return stack;
}

const seconds = (begun: number): number => (performance.now() - begun) / 1000;

export interface Previewed {
  readonly seconds: number;
  /** "create", "update", ... and how many resources. */
  readonly changes: Readonly<Record<string, number>>;
  /** Last line of what it said, the sentence about hosts that do not get through. */
  readonly says: string;
}

/** `pulumi preview` of all hosts in one stack that was never applied. */
export async function previewed(hosts: FleetHosts): Promise<Previewed> {
  const stack = await stackOf(hosts, 0, hosts.count, allAtOnce);
  try {
    const begun = performance.now();
    const { stdout, stderr } = await stack.preview();
    const took = seconds(begun);
    const says = /^error: (\d+ of \d+ hosts .*)$/m.exec(stderr)?.[1] ?? "";
    const changes = changesIn(stdout);
    if (Object.keys(changes).length === 0) throw new Error(`the preview did not come to its end:\n${stderr.slice(-2000)}`);
    return { seconds: took, changes, says };
  } finally {
    stack.dispose();
  }
}

/** The counts at the end of what a preview prints: "  + 12 to create", "    3 unchanged". */
export function changesIn(stdout: string): Readonly<Record<string, number>> {
  const [, last = ""] = /^Resources:\n((?: .*\n)+)(?![^]*^Resources:)/m.exec(stdout) ?? [];
  return Object.fromEntries([...last.matchAll(/^ +(?:\S+ )?(\d+) (?:to )?([a-z]+)$/gm)].map(([, count, what]) => [what ?? "", Number(count)]));
}

export interface Finished {
  readonly seconds: number;
  readonly summary: Summary;
  readonly again: Again;
}

/** The second `up` of a stack that was carried to its end. */
export interface Again {
  readonly seconds: number;
  /** Hosts of which it had anything to write, in state or on the host. */
  readonly touched: readonly string[];
}

/** A stack of hosts from..to carried to its end by `gpuhost rollout`, the first one, as the canary among stacks, in waves; and a `pulumi up` after that; `atEnd` comes between the two. */
export async function finished(hosts: FleetHosts, from: number, to: number, atEnd: () => Promise<void>): Promise<Finished> {
  const stack = await stackOf(hosts, from, to, from === 0 ? inWaves : allAtOnce);
  try {
    const begun = performance.now();
    const { stdout, stderr } = await new Running(process.execPath, [join(root, "dist", "cli", "main.js"), "rollout", "--stack", "dev", "--yes", "--json"], { cwd: stack.project, env: stack.environment }).result;
    const took = seconds(begun);
    if (!stdout.startsWith("{")) throw new Error(`gpuhost rollout did not come to its end:\n${stderr.slice(-2000)}`);
    const summary = JSON.parse(stdout) as Summary;
    if (summary.ended !== "finished") throw new Error(`gpuhost rollout ${summary.ended}: ${summary.says}\n${stderr.slice(-2000)}`);
    await atEnd();
    return { seconds: took, summary, again: await again(stack) };
  } finally {
    stack.dispose();
  }
}

async function again(stack: Stack): Promise<Again> {
  const log = join(stack.folder, "events.json");
  const begun = performance.now();
  // The engine has that option where this is set, as the Automation API does.
  const { stdout, stderr } = await stack.run(["up", "--stack", "dev", "--yes", "--event-log", log], { PULUMI_DEBUG_COMMANDS: "true" });
  const took = seconds(begun);
  if (!/^Resources:\n/m.test(stdout)) throw new Error(`the second up did not come to its end:\n${stderr.slice(-2000)}`);
  return { seconds: took, touched: touchedIn(readFileSync(log, "utf8")) };
}

/** Names of hosts for which the engine, by its events, did anything but find that all is the same. */
export function touchedIn(events: string): readonly string[] {
  const all = events.split("\n").filter((line) => line !== "").map((line) => JSON.parse(line) as { readonly resOutputsEvent?: { readonly planning?: boolean; readonly metadata: { readonly op: string; readonly urn: string } } });
  const done = all.flatMap(({ resOutputsEvent: of }) => (of === undefined || of.planning === true || of.metadata.op === "same" ? [] : [of.metadata.urn]));
  return [...new Set(done.map((urn) => urn.slice(urn.lastIndexOf("::") + 2)))].sort();
}
