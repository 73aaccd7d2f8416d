import { nearest } from "../facts/nearest";
import { parseIni } from "./ini";
import { unreadableAt, type Place, type Variable } from "./place";
import type { InventoryTree } from "./tree";
import { isVaultText } from "./vault";
import { parseVariables, parseYaml } from "./yaml";
import { isRecord, YamlText } from "./yamlText";

export interface InventoryText {
  /** For messages and the form: .yml, .yaml and .json are YAML, .ini and other endings INI; without an ending the text itself shows it. */
  readonly file: string;
  readonly text: string;
  readonly format?: "ini" | "yaml";
}

/** Files beside the inventory that concern a group or a host, in the order in which they are laid over each other. */
export interface VariableFiles {
  readonly ofGroup: (name: string) => readonly InventoryText[];
  readonly ofHost: (name: string) => readonly InventoryText[];
}

export interface InventoryHost {
  readonly name: string;
  /** Every group it is in, those above its own included and "all" left out; the one whose variables win is the last. */
  readonly groups: readonly string[];
  /** What counts for it in the end, as `ansible-inventory --list` shows it. */
  readonly variables: ReadonlyMap<string, Variable>;
}

export const noVariableFiles: VariableFiles = { ofGroup: () => [], ofHost: () => [] };

/**
 * Hosts of a static Ansible inventory, in the order in which they first appear, with their variables by Ansible's own order: all, groups from far to
 * near (by ansible_group_priority, then alphabetically), group_vars in the same order, the host's own, host_vars. Maps are replaced, never merged.
 * @throws InputError with file and line; scripts, plugin configurations, TOML and encrypted files are refused by name.
 */
export function readInventory(source: InventoryText, files: VariableFiles = noVariableFiles, group = "all"): readonly InventoryHost[] {
  const tree = parse(source);
  const start: Place = { file: source.file, line: 1 };
  const [twofold] = tree.twofold;
  if (twofold !== undefined) throw unreadableAt(start, `${twofold} is the name of a host and of a group: variables of the host would go to the group.`);
  if (!tree.has(group)) {
    const meant = nearest(group, tree.groups);
    throw unreadableAt(start, `there is no group ${group}${meant === undefined ? "" : `; did you mean ${meant}?`}`);
  }
  const read = new Map<string, ReadonlyMap<string, Variable>>();
  const variablesIn = (one: InventoryText): ReadonlyMap<string, Variable> => {
    const found = read.get(one.file) ?? variablesOf(one);
    read.set(one.file, found);
    return found;
  };
  return tree.hostsOf(group).map((name) => {
    const groups = tree.groupsOf(name);
    const layers = [
      tree.ofGroup("all"), ...groups.map((of) => tree.ofGroup(of)),
      ...["all", ...groups].flatMap((of) => files.ofGroup(of)).map(variablesIn),
      tree.ofHost(name), ...files.ofHost(name).map(variablesIn),
    ];
    return { name, groups, variables: new Map(layers.flatMap((layer) => [...layer])) };
  });
}

function variablesOf({ file, text }: InventoryText): ReadonlyMap<string, Variable> {
  if (isVaultText(text)) throw unreadableAt({ file, line: 1 }, "this file is encrypted with Ansible Vault as a whole: what it says of a host cannot be read here. Name it in `withoutFiles` if nothing in it concerns the connection or gpuhost.");
  return parseVariables(text, file);
}

function parse({ file, text, format }: InventoryText): InventoryTree {
  const start: Place = { file, line: 1 };
  if (isVaultText(text)) throw unreadableAt(start, "this inventory is encrypted with Ansible Vault as a whole and cannot be read here.");
  if (text.startsWith("#!")) throw unreadableAt(start, "this is a script: dynamic inventories are not run here. Save what it says, `ansible-inventory --list --export --yaml --output hosts.yml`, and read that.");
  if (format === undefined && /\.toml$/.test(file)) throw unreadableAt(start, "inventories in TOML are not read here; INI and YAML are.");
  return (format ?? formOf(file, text)) === "yaml" ? parseYaml(text, file) : parseIni(text, file);
}

function formOf(file: string, text: string): "ini" | "yaml" {
  const [, ending] = /\/?[^/]+?(\.[^./]+)?$/.exec(file) ?? [];
  if (ending !== undefined) return /^\.(ya?ml|json)$/.test(ending) ? "yaml" : "ini";
  if (/^---/m.test(text)) return "yaml";
  try {
    return isRecord(new YamlText(text, file).data) ? "yaml" : "ini";
  } catch {
    return "ini";
  }
}
