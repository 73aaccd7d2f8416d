import { hostNames } from "./hostPattern";
import { unreadableAt, type Variable } from "./place";
import { InventoryTree } from "./tree";
import { isRecord, YamlText } from "./yamlText";

type Entries = Readonly<Record<string, unknown>>;

const keys = ["hosts", "children", "vars"];

/**
 * An inventory in YAML or JSON form, as the plugin ansible.builtin.yaml reads it. Where that one warns and goes on without a part of the file (a key
 * that is none of hosts, children and vars, a group that is no map), this is an error: a host must not get lost.
 */
export function parseYaml(text: string, file: string): InventoryTree {
  const source = new YamlText(text, file);
  if (!isRecord(source.data)) throw unreadableAt(source.placeOf([]), "an inventory in YAML is a map of groups: all: { hosts: ..., children: ... }.");
  const plugin = source.data["plugin"];
  if (plugin !== undefined) throw unreadableAt(source.placeOf(["plugin"]), `this configures the inventory plugin ${typeof plugin === "string" ? plugin : ""}, which asks somebody else for hosts. Save what it says, \`ansible-inventory --list --export --yaml --output hosts.yml\`, and read that.`);
  const tree = new InventoryTree();
  for (const [name, of] of Object.entries(source.data)) addGroup(tree, source, name, of, [name]);
  return tree;
}

/** `path` is where the group stands in the file. */
function addGroup(tree: InventoryTree, source: YamlText, name: string, of: unknown, path: readonly string[]): void {
  if (of !== null && !isRecord(of)) throw unreadableAt(source.placeOf(path), `the group ${name} is no map of hosts, children and vars.`);
  tree.addGroup(name);
  const unknown = Object.keys(of ?? {}).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw unreadableAt(source.placeOf([...path, unknown]), `the group ${name} has "${unknown}"; known are hosts, children and vars. A group inside it stands below children.`);
  const part = (key: string): Entries => partOf(source, of?.[key] ?? null, [...path, key]);
  for (const [key, value] of Object.entries(part("vars"))) tree.setOfGroup(name, key, variable(source, value, [...path, "vars", key]));
  for (const [child, inside] of Object.entries(part("children"))) {
    const at = [...path, "children", child];
    addGroup(tree, source, child, inside, at);
    tree.addChild(name, child, source.placeOf(at));
  }
  for (const [pattern, variables] of Object.entries(part("hosts"))) addHosts(tree, source, name, pattern, variables, [...path, "hosts", pattern]);
}

/** One name alone is a map of it to nothing. */
function partOf(source: YamlText, of: unknown, path: readonly string[]): Entries {
  if (typeof of === "string") return { [of]: null };
  if (of !== null && !isRecord(of)) throw unreadableAt(source.placeOf(path), `${path.at(-1) ?? ""} is no map: each name stands on a line of its own, with a colon after it.`);
  return of ?? {};
}

function addHosts(tree: InventoryTree, source: YamlText, group: string, pattern: string, variables: unknown, path: readonly string[]): void {
  if (variables !== null && !isRecord(variables)) throw unreadableAt(source.placeOf(path), `the variables of ${pattern} are no map.`);
  const { names, port } = hostNames(pattern, source.placeOf(path));
  for (const host of names) {
    tree.addHost(host, group, port, source.placeOf(path));
    for (const [key, value] of Object.entries(variables ?? {})) tree.setOfHost(host, key, variable(source, value, [...path, key]));
  }
}

function variable(source: YamlText, value: unknown, path: readonly string[]): Variable {
  return { value, place: source.placeOf(path) };
}

/** The variables of a file in group_vars or host_vars; an empty one has none. */
export function parseVariables(text: string, file: string): ReadonlyMap<string, Variable> {
  const source = new YamlText(text, file);
  if (source.data === null) return new Map();
  if (!isRecord(source.data)) throw unreadableAt(source.placeOf([]), "a file of variables is a map of names to values.");
  return new Map(Object.entries(source.data).map(([key, value]) => [key, variable(source, value, [key])]));
}
