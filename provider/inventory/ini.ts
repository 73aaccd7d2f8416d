import { hostNames } from "./hostPattern";
import { unreadableAt, type Place, type Variable } from "./place";
import { pythonLiteral } from "./pythonLiteral";
import { shellWords } from "./shellWords";
import { InventoryTree } from "./tree";
import { vaulted } from "./vault";

const heading = /^\[([^:\]\s]+)(?::(\w+))?\]\s*(?:#.*)?$/;
const childName = /^([^:\]\s]+)\s*(?:#.*)?$/;

interface Section {
  readonly group: string;
  readonly holds: "hosts" | "vars" | "children";
  readonly place: Place;
}

/** An inventory in INI form, as the plugin ansible.builtin.ini reads it: what stands before the first heading is in no group. */
export function parseIni(text: string, file: string): InventoryTree {
  const tree = new InventoryTree();
  const declared = new Set(["all", "ungrouped"]);
  const variableSections: Section[] = [];
  const children: { readonly parent: string; readonly child: string; readonly place: Place }[] = [];
  let section: Section = { group: "ungrouped", holds: "hosts", place: { file, line: 1 } };
  for (const [at, whole] of text.split(/\r\n|\r|\n/).entries()) {
    const line = whole.trim();
    const place = { file, line: at + 1 };
    if (line === "" || line.startsWith("#") || line.startsWith(";")) continue;
    const begun = sectionOf(line, place);
    if (begun !== undefined) {
      section = begun;
      tree.addGroup(section.group);
      if (section.holds === "vars") variableSections.push(section);
      else declared.add(section.group);
    } else if (section.holds === "hosts") addHosts(tree, section.group, line, place);
    else if (section.holds === "vars") tree.setOfGroup(section.group, ...assignment(line, place));
    else children.push({ parent: section.group, child: childOf(line, place), place });
  }
  for (const { group, place } of variableSections) {
    if (!declared.has(group)) throw unreadableAt(place, `[${group}:vars] is of a group that is declared nowhere: [${group}] or [${group}:children] is missing.`);
  }
  for (const { parent, child, place } of children) {
    if (!declared.has(child)) throw unreadableAt(place, `[${parent}:children] names the group ${child}, which is declared nowhere.`);
    tree.addChild(parent, child, place);
  }
  return tree;
}

function sectionOf(line: string, place: Place): Section | undefined {
  const found = heading.exec(line);
  if (found === null) {
    if (line.startsWith("[") && line.endsWith("]")) throw unreadableAt(place, "this is no heading: [group], [group:children] or [group:vars], without blanks.");
    return undefined;
  }
  const [, group = "", holds = "hosts"] = found;
  if (holds !== "hosts" && holds !== "vars" && holds !== "children") throw unreadableAt(place, `a group has hosts, children and vars, and no ${holds}.`);
  return { group, holds, place };
}

function addHosts(tree: InventoryTree, group: string, line: string, place: Place): void {
  const words = shellWords(line);
  if (words === undefined) throw unreadableAt(place, "a quote is not closed, or nothing follows a backslash.");
  const [pattern = "", ...rest] = words;
  const variables = rest.map((word) => {
    if (!word.includes("=")) throw unreadableAt(place, "after the host's name come variables, name=value, with quotes around a value that has blanks.");
    return variableOf(word, place);
  });
  const { names, port } = hostNames(pattern, place);
  for (const host of names) {
    tree.addHost(host, group, port, place);
    for (const [name, variable] of variables) tree.setOfHost(host, name, variable);
  }
}

function assignment(line: string, place: Place): [string, Variable] {
  if (!line.includes("=")) throw unreadableAt(place, "expected name=value.");
  const [name, { value }] = variableOf(line, place, (part) => part.trim());
  return [name, { value, place }];
}

function variableOf(text: string, place: Place, trimmed: (part: string) => string = (part) => part): [string, Variable] {
  const at = text.indexOf("=");
  const [name, value] = [trimmed(text.slice(0, at)), trimmed(text.slice(at + 1))];
  return [name, { value: value.startsWith("$ANSIBLE_VAULT") ? vaulted : pythonLiteral(value), place }];
}

function childOf(line: string, place: Place): string {
  const name = childName.exec(line)?.[1];
  if (name === undefined) throw unreadableAt(place, "expected the name of a group.");
  return name;
}
