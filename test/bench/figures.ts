import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { basename, join } from "node:path";
import type * as ProposalModule from "../../provider/controllers/proposal";
import type * as RegistryModule from "../../provider/controllers/registry";
import type * as AssembleModule from "../../provider/facts/assemble";
import type * as ReadingModule from "../../provider/facts/reading";
import type * as LocalShellModule from "../../provider/host/localShell";
import type * as ObserveModule from "../../provider/host/observe";
import type * as ObserveScriptModule from "../../provider/host/observeScript";
import type * as RecordedHostModule from "../../provider/host/recordedHost";
import type * as CardModule from "../../provider/readiness/card";
import type * as JudgeModule from "../../provider/readiness/judge";
import type * as PlanCardModule from "../../provider/plan/card";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { root } from "../beds/engine/engine";
import { median } from "./numbers";
import { peaksOf, type Peaks } from "./processes";
import type { Figure } from "./report";
import type { Pair } from "./stacks";

const dist = createRequire(join(root, "package.json"));
const load = <Module>(path: string): Module => dist(`./dist/${path}.js`) as Module;

const times = 21;

/** Milliseconds of CPU and of the clock that the reading script takes, and how many processes it starts, below a tree or on this machine. */
export function scriptFigures(name: string, tree: string | undefined): Figure[] {
  const { observeScript } = load<typeof ObserveScriptModule>("host/observeScript");
  const runs = Array.from({ length: times }, () => {
    const before = forks();
    const begun = performance.now();
    const said = execFileSync("sh", ["-c", "sh -s >/dev/null; times"], { input: observeScript(), encoding: "utf8", env: { ...process.env, GPUHOST_ROOT: tree ?? "" }, stdio: ["pipe", "pipe", "ignore"] });
    return { wall: performance.now() - begun, cpu: cpuOfChildren(said), processes: forks() - before };
  });
  return [
    { name: `reading script ${name}: clock`, value: median(runs.map(({ wall }) => wall)), unit: "ms" },
    { name: `reading script ${name}: CPU`, value: median(runs.map(({ cpu }) => cpu)), unit: "ms" },
    // Others start processes, too: the least of all runs is nearest to the truth. The outer shell is not counted.
    { name: `reading script ${name}: processes`, value: Math.min(...runs.map(({ processes }) => processes)) - 1, unit: "" },
  ];
}

/** Processes started on this machine since it booted (proc(5), /proc/stat). */
const forks = (): number => Number(/^processes (\d+)/m.exec(readFileSync("/proc/stat", "utf8"))?.[1] ?? Number.NaN);

/** The second line of `times`: user and system time of the children, "0m0.08s 0m0.05s". */
function cpuOfChildren(said: string): number {
  const [, minutes = "0", seconds = "0", more = "0", rest = "0"] = /(\d+)m([\d.]+)s (\d+)m([\d.]+)s\s*$/.exec(said) ?? [];
  return (Number(minutes) + Number(more)) * 60_000 + (Number(seconds) + Number(rest)) * 1000;
}

/** Milliseconds for the rules and the planners, given what was read of one machine. */
export async function pureFigures(name: string, tree: string): Promise<Figure[]> {
  const { readSnapshot } = load<typeof ObserveModule>("host/observe");
  const { localShell } = load<typeof LocalShellModule>("host/localShell");
  const { hostFacts } = load<typeof AssembleModule>("facts/assemble");
  const { absent } = load<typeof ReadingModule>("facts/reading");
  const { judge } = load<typeof JudgeModule>("readiness/judge");
  const { idsOf } = load<typeof PlanCardModule>("plan/card");
  const { cards } = load<typeof CardModule>("readiness/card");
  load("controllers/kinds");
  const { aspectOf } = load<typeof RegistryModule>("controllers/registry");
  const { propose } = load<typeof ProposalModule>("controllers/proposal");
  const snapshot = await readSnapshot(localShell(name), { GPUHOST_ROOT: tree });
  const read = (): HostFacts => ({ ...hostFacts(snapshot, absent), readOn: "2026-01-01" });
  const facts = read();
  const found = cards(facts).map(({ device }) => ({ address: device.address, id: idsOf(device).short }));
  const wanted = { connection: { host: "bench" }, cards: found };
  const plan = (kind: string): (() => unknown) => {
    const aspect = aspectOf(kind);
    const parsed = aspect.parse(wanted);
    if ("errors" in parsed) throw new Error(`${kind}: ${JSON.stringify(parsed.errors)}`);
    return () => propose(aspect, facts, parsed.desired);
  };
  const work: Record<string, () => unknown> = {
    "facts out of the reading": read, "all rules, all cards": () => judge(facts), "plan of VfioBinding": plan("VfioBinding"), "plan of IommuVerification": plan("IommuVerification"),
  };
  return [
    { name: `${name}: PCI functions`, value: facts.pciDevices.length, unit: `, ${found.length} cards` },
    ...Object.entries(work).map(([what, run]) => ({ name: `${name}: ${what}`, value: millisecondsOf(run), unit: "ms" })),
  ];
}

/** The same of a recorded machine: a directory, or what `gpuhost record` made. */
export async function recordedFigures(path: string): Promise<Figure[]> {
  const { openRecording } = load<typeof RecordedHostModule>("host/recordedHost");
  const recording = await openRecording(path);
  try {
    return await pureFigures(basename(path), recording.root);
  } finally {
    await recording.close();
  }
}

function millisecondsOf(run: () => unknown): number {
  return median(Array.from({ length: times }, () => {
    const begun = performance.now();
    run();
    return performance.now() - begun;
  }));
}

/** Size of the state of a stack of so many hosts that was applied, and memory: while it was applied, and in a preview after that. */
export async function stackFigures({ converged, applying }: Pair, count: number, again: () => Promise<unknown>): Promise<Figure[]> {
  const state = await converged.exportState();
  const dynamic = state.deployment.resources?.filter(({ type }) => type.startsWith("pulumi-nodejs:dynamic")) ?? [];
  const all = state.deployment.resources?.filter(({ type }) => !type.startsWith("pulumi:")) ?? [];
  const peaks = await peaksOf(again);
  return [
    { name: "resources a host, components included", value: all.length / count, unit: "" },
    { name: "dynamic resources a host", value: dynamic.length / count, unit: "" },
    { name: "state a host", value: Buffer.byteLength(JSON.stringify(state)) / count / 1000, unit: "kB" },
    ...memory("converged preview", peaks, count), ...memory("up of ready hosts", applying, count),
  ];
}

function memory(what: string, peaks: Peaks, count: number): Figure[] {
  return Object.entries(peaks).map(([kind, kilobytes]) => ({ name: `${what}, peak memory: ${kind} (${(kilobytes / 1000 / count).toFixed(2)} MB a host)`, value: kilobytes / 1000, unit: "MB" }));
}
