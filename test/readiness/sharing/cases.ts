import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeSnapshot } from "../../../provider/facts/treeSnapshot";
import { judge } from "../../../provider/readiness/judge";
import type { Policy } from "../../../provider/readiness/rule";
import type { ModeReport } from "../../../provider/readiness/sharing/mode";
import { sharing, type SharingReport } from "../../../provider/readiness/sharing/report";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { hide } from "../cases";
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

/** One host and what is said of its GPUs: "after: WHAT; WHAT", "impossible: WHY", "now". */
export interface SharingCase {
  readonly name: string;
  readonly kernel?: string;
  readonly functions?: Readonly<Record<string, CaseFunction>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly paths?: readonly string[];
  /** What may not be read. */
  readonly unreadable?: readonly string[];
  readonly answers?: Readonly<Record<string, string>>;
  readonly policy?: Policy;
  readonly modes: Readonly<Record<string, Readonly<Record<string, string>>>>;
  /** Of QEMU, libvirt and Nova, each context: "virgl: after: WHAT". Left out: not looked at. */
  readonly contexts?: Readonly<Record<"qemu" | "libvirt" | "nova", Readonly<Record<string, string>>>>;
}

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
  for (const path of of.unreadable ?? []) hide(tree, path);
  return tree;
}

export function sharingOf(facts: HostFacts, policy?: Policy): SharingReport {
  return sharing(facts, judge(facts, policy), policy);
}

/** As a case writes it. */
export function written(report: SharingReport): Record<string, Record<string, string>> {
  const all: (readonly [string, readonly ModeReport[]])[] = [...report.cards, ...report.platformGpus.map(({ name, modes }) => [name, modes] as const)];
  return Object.fromEntries(all.map(([name, modes]) => [name, Object.fromEntries(modes.map(({ mode, state, after, because }) => [mode, [state, ...[(after ?? because ?? []).join("; ")].filter((text) => text !== "")].join(": ")]))]));
}

export function writtenContexts({ paravirtual }: SharingReport): Record<string, Record<string, string>> {
  return Object.fromEntries((["qemu", "libvirt", "nova"] as const).map((part) => [part, Object.fromEntries(paravirtual.contexts.map((of) => [of.context, `${of[part].state}: ${of[part].says}`]))]));
}

export { factsOf };
