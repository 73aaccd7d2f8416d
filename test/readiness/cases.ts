import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import type { Policy } from "../../provider/readiness/rule";
import { aCard, addFunction, configSpace, type ConfigOptions, type FunctionOptions } from "../facts/trees";

interface CaseFunction extends Omit<FunctionOptions, "config"> {
  readonly config?: ConfigOptions & { readonly bars?: readonly number[]; readonly ids?: string; readonly fill?: number };
}

/** One host in a few words: a clean card with its audio function, and what differs. */
export interface RuleCase {
  readonly name: string;
  /** present: the rule finds it. absent: it was read, and there is nothing. unknown: it could not be read. */
  readonly is: "present" | "absent" | "unknown";
  /** The card and its companion are on vfio-pci. */
  readonly bound?: boolean;
  readonly card?: CaseFunction;
  readonly companion?: CaseFunction;
  readonly functions?: Readonly<Record<string, CaseFunction>>;
  readonly texts?: Readonly<Record<string, string>>;
  readonly links?: Readonly<Record<string, string>>;
  readonly answers?: Readonly<Record<string, string>>;
  /** Paths that are not there, each with all below it. */
  readonly without?: readonly string[];
  /** Paths that may not be read. */
  readonly unreadable?: readonly string[];
  readonly policy?: Policy;
  /** "warn 0000:65:00.0": findings of the rule with their addresses; default: none. */
  readonly found?: readonly string[];
  /** What the sentence has to contain. */
  readonly says?: string;
  /** All that is said, with what to do. */
  readonly text?: string;
  readonly verdict?: string;
}

export interface RuleCases {
  readonly rule: string;
  readonly cases: readonly RuleCase[];
}

const folder = join(__dirname, "cases");

export function allCases(): RuleCases[] {
  return readdirSync(folder).sort().map((file) => ({ rule: file.replace(/\.json$/, ""), ...(JSON.parse(readFileSync(join(folder, file), "utf8")) as { readonly cases: readonly RuleCase[] }) }));
}

/** A host as its reading script would have seen it. */
export function treeOf(of: RuleCase): TreeSnapshot {
  const driver = of.bound === true ? { driver: "vfio-pci", companion: "vfio-pci" } : {};
  const tree = aCard({ ...driver, ...(of.card === undefined ? {} : { gpu: options(of.card) }), ...(of.companion === undefined ? {} : { audio: options(of.companion) }) });
  if (of.bound === true) tree.addPath("/dev/vfio/12");
  for (const [address, each] of Object.entries(of.functions ?? {})) addFunction(tree, address, options(each));
  for (const [path, text] of Object.entries(of.texts ?? {})) tree.addText(path, text);
  for (const [path, target] of Object.entries(of.links ?? {})) tree.addLink(path, target);
  for (const [name, text] of Object.entries(of.answers ?? {})) tree.addAnswer(name, text);
  for (const path of of.without ?? []) remove(tree, path);
  for (const path of of.unreadable ?? []) hide(tree, path);
  return tree;
}

/** As if it were not there, nor anything below it. */
export function remove(tree: TreeSnapshot, path: string): void {
  forget(tree, path);
  tree.directories.get(path.slice(0, path.lastIndexOf("/")))?.delete(path.slice(path.lastIndexOf("/") + 1));
}

/** As if the script had met "Permission denied" there. Of a directory it then sees nothing below either; where a link leads to it still reaches. */
export function hide(tree: TreeSnapshot, path: string): TreeSnapshot {
  if (!tree.links.has(path)) forget(tree, path);
  for (const map of [tree.links, tree.directories]) map.delete(path);
  return tree.addFailure(path, "Permission denied");
}

function forget(tree: TreeSnapshot, path: string): void {
  for (const map of [tree.texts, tree.binaries, tree.links, tree.directories]) {
    for (const each of map.keys()) if (each === path || each.startsWith(`${path}/`)) map.delete(each);
  }
}

function options({ config, ...rest }: CaseFunction): FunctionOptions {
  return { ...rest, ...(config === undefined ? {} : { config: config.length === 0 ? null : bytesOf(config) }) };
}

function bytesOf({ bars = [], ids, fill, ...config }: NonNullable<CaseFunction["config"]>): Uint8Array {
  const bytes = Buffer.from(configSpace(config));
  if (fill !== undefined) bytes.fill(fill);
  bars.forEach((register, index) => bytes.writeUInt32LE(register, 0x10 + 4 * index));
  if (ids !== undefined) ids.split(":").forEach((id, index) => bytes.writeUInt16LE(Number.parseInt(id, 16), 2 * index));
  return Uint8Array.from(bytes);
}
