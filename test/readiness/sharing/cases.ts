import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeSnapshot } from "../../../provider/facts/treeSnapshot";
import { judge } from "../../../provider/readiness/judge";
import type { Policy } from "../../../provider/readiness/rule";
import type { ModeReport } from "../../../provider/readiness/sharing/mode";
import { sharing, type ParavirtualReport, type SharingReport } from "../../../provider/readiness/sharing/report";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { hide, remove } from "../cases";
import { addFunction, aHost, configSpace, factsOf, isolating, port, type ConfigOptions, type FunctionOptions } from "../../facts/trees";

interface CaseFunction extends Omit<FunctionOptions, "config" | "above"> {
  /** null: it was not read. */
  readonly config?: ConfigOptions | null;
  /** Every byte of the config space is ff. */
  readonly dead?: true;
  /** Another port than the usual one; "": none. */
  readonly above?: string;
  /** Address of the physical function that this is a virtual one of. */
  readonly of?: string;
}

/** A mode as `gpuhost inspect --json` has it, under its name. */
export type WrittenMode = Omit<ModeReport, "mode">;

/** One host and all that is said of its GPUs. */
export interface SharingCase {
  readonly name: string;
  readonly kernel?: string;
  readonly functions?: Readonly<Record<string, CaseFunction>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly paths?: readonly string[];
  /** Paths that are not there, each with all below it. */
  readonly without?: readonly string[];
  /** What may not be read. */
  readonly unreadable?: readonly string[];
  readonly answers?: Readonly<Record<string, string>>;
  readonly policy?: Policy;
  readonly modes: Readonly<Record<string, Readonly<Record<string, WrittenMode>>>>;
  /** What platform GPUs are called. Left out: there is none. */
  readonly platformGpus?: Readonly<Record<string, { readonly driver: string | null; readonly model: string }>>;
  /** Versions of what draws for guests. Left out: nobody asked, so that none is known. */
  readonly stack?: Stack;
  /** Of QEMU, libvirt and Nova, each context: "virgl: after: WHAT". Left out: what is said where nobody asked. */
  readonly contexts?: Contexts;
}

type Stack = Omit<ParavirtualReport, "contexts">;
type Contexts = Readonly<Record<"qemu" | "libvirt" | "nova", Readonly<Record<string, string>>>>;

const ofAll = (text: string): Readonly<Record<string, string>> => Object.fromEntries(["virgl", "venus", "native", "cross-domain"].map((context) => [context, text]));
export const unaskedStack: Stack = { qemu: null, libvirt: null, virglrenderer: null, mesa: null, container: false };
export const unaskedContexts: Contexts = {
  qemu: ofAll("unknown: QEMU was not looked for"),
  libvirt: ofAll("unknown: libvirt's version was not read"),
  nova: ofAll("impossible: Nova 34 (the newest, since no installed version was read) has no setting for 3D, blob memory or egl-headless: with hw_video_model=virtio (since 19) the guest's processors draw"),
};

const folder = join(__dirname, "cases");

export function allCases(): [name: string, case_: SharingCase][] {
  return readdirSync(folder).sort().flatMap((file) => {
    const { cases } = JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly cases: readonly SharingCase[] };
    return cases.map((one): [string, SharingCase] => [`${file.replace(/\.json$/, "")}: ${one.name}`, one]);
  });
}

export function treeOf(of: SharingCase): TreeSnapshot {
  const tree = addFunction(aHost(), port, { ids: "8086:2030", class: "060400", driver: "pcieport", group: 11, reset: "pm", config: isolating });
  tree.addDirectory("/sys/class/mdev_bus").addText("/proc/modules", "vfio_pci 16384 0 - Live 0x0").addText("/proc/sys/kernel/osrelease", of.kernel ?? "6.1.0-30-amd64");
  const numbers = new Map<string, number>();
  Object.entries(of.functions ?? {}).forEach(([address, { config, dead, above, of: physical, ...rest }], index) => {
    addFunction(tree, address, { group: 12 + index, ...rest, above: above === "" ? [] : [above ?? port], config: config === null ? null : dead === true ? new Uint8Array(4096).fill(0xff) : configSpace(config ?? {}) });
    if (physical === undefined) return;
    const number = numbers.get(physical) ?? 0;
    numbers.set(physical, number + 1);
    tree.addLink(`/sys/bus/pci/devices/${address}/physfn`, `../${physical}`).addLink(`/sys/bus/pci/devices/${physical}/virtfn${number}`, `../${address}`);
  });
  for (const [path, text] of Object.entries(of.texts ?? {})) tree.addText(path, text);
  for (const [path, target] of Object.entries(of.links ?? {})) tree.addLink(path, target);
  for (const path of of.paths ?? []) tree.addPath(path);
  for (const [name, text] of Object.entries(of.answers ?? {})) tree.addAnswer(name, text);
  for (const path of of.without ?? []) remove(tree, path);
  for (const path of of.unreadable ?? []) hide(tree, path);
  return tree;
}

export function sharingOf(facts: HostFacts, policy?: Policy): SharingReport {
  return sharing(facts, judge(facts, policy), policy);
}

/** As a case writes it. */
export function written(report: SharingReport): Required<Pick<SharingCase, "modes" | "platformGpus" | "stack" | "contexts">> {
  const { contexts, ...stack } = report.paravirtual;
  const all = [...report.cards, ...report.platformGpus.map(({ name, modes }) => [name, modes] as const)];
  return {
    modes: Object.fromEntries(all.map(([name, modes]) => [name, Object.fromEntries(modes.map(({ mode, ...rest }) => [mode, rest]))])),
    platformGpus: Object.fromEntries(report.platformGpus.map(({ name, driver, model }) => [name, { driver, model }])),
    stack,
    contexts: { qemu: partOf("qemu"), libvirt: partOf("libvirt"), nova: partOf("nova") },
  };

  function partOf(part: "qemu" | "libvirt" | "nova"): Record<string, string> {
    return Object.fromEntries(contexts.map((of) => [of.context, `${of[part].state}: ${of[part].says}`]));
  }
}

export { factsOf };
