import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { InputError } from "../../provider/errors";
import { readInventory, type InventoryHost, type VariableFiles } from "../../provider/inventory/inventory";
import { filesBeside } from "../../provider/resources/inventoryFiles";
import { asIni, asYaml, model } from "./arbitraries";

// What is expected was made by ansible-inventory itself: record.mjs beside this file.
interface Expected {
  readonly groups: Readonly<Record<string, { readonly hosts?: readonly string[]; readonly children?: readonly string[] }>>;
  readonly hostvars: Readonly<Record<string, unknown>>;
}

const cases = join(__dirname, "cases");
const plain = (hosts: readonly InventoryHost[]): Record<string, unknown> => Object.fromEntries(hosts.map(({ name, variables }) => [name, Object.fromEntries([...variables].map(([key, { value }]) => [key, value]))]));
const grouped = (hosts: readonly InventoryHost[]): Record<string, readonly string[]> => Object.fromEntries(hosts.map(({ name, groups }) => [name, groups.toSorted()]));
const read = (text: string, file = "hosts.ini", files?: VariableFiles, group?: string): readonly InventoryHost[] => readInventory({ file, text }, files, group);

/** Every group below which `name` stands, "all" left out. */
function groupsOf(host: string, groups: Expected["groups"]): string[] {
  const holds = (group: string): boolean => groups[group]?.hosts?.includes(host) === true || (groups[group]?.children ?? []).some(holds);
  return Object.keys(groups).filter((group) => group !== "all" && holds(group)).toSorted();
}

function withoutMarks(of: unknown): unknown {
  return JSON.parse(JSON.stringify(of), (_key, value: unknown) => (typeof value === "object" && value !== null && "__ansible_unsafe" in value ? value.__ansible_unsafe : value));
}

describe("an inventory reads as ansible-inventory says", () => {
  it.each(readdirSync(cases))("%s", (name) => {
    const folder = join(cases, name);
    const file = join(folder, readdirSync(folder).find((one) => one.startsWith("hosts.")) ?? "");
    const expected = JSON.parse(readFileSync(join(folder, "expected.json"), "utf8")) as Expected;
    const hosts = readInventory({ file, text: readFileSync(file, "utf8") }, filesBeside(file, []));
    const all = new Set(Object.values(expected.groups).flatMap((group) => group.hosts ?? []));
    expect(hosts.map((host) => host.name).toSorted()).toEqual([...all].toSorted());
    expect(plain(hosts)).toEqual(withoutMarks(Object.fromEntries([...all].map((host) => [host, expected.hostvars[host] ?? {}]))));
    expect(grouped(hosts)).toEqual(Object.fromEntries([...all].map((host) => [host, groupsOf(host, expected.groups)])));
  });

  it("the same in INI and in YAML, whatever is in it", () => {
    fc.assert(fc.property(model, (of) => {
      const [ini, yaml] = [read(asIni(of)), read(asYaml(of), "hosts.yml")];
      expect(plain(ini)).toEqual(plain(yaml));
      expect(Object.fromEntries(ini.map(({ name, groups }) => [name, groups]))).toEqual(Object.fromEntries(yaml.map(({ name, groups }) => [name, groups])));
    }));
  });

  it("a host's own word goes before every group's, and a group's hosts are those of the groups below it", () => {
    fc.assert(fc.property(model, (of) => {
      const hosts = read(asYaml(of), "hosts.yml");
      for (const { name, variables } of hosts) {
        for (const [key, value] of Object.entries(of.ofHosts[name] ?? {})) expect(variables.get(key)?.value).toEqual(value);
      }
      for (const { name } of of.groups) {
        expect(read(asYaml(of), "hosts.yml", undefined, name).map((host) => host.name)).toEqual(hosts.filter(({ groups }) => groups.includes(name)).map((host) => host.name));
      }
    }), { numRuns: 25 });
  });

  it("without an ending by what the text is", () => {
    expect(read("[gpu]\nhv1 x=1\n", "hosts").map(({ name }) => name)).toEqual(["hv1"]);
    expect(read("gpu:\n  hosts: { hv1: }\n", "hosts").map(({ name }) => name)).toEqual(["hv1"]);
  });
});

describe("what cannot be read is said with its place", () => {
  it.each<[string, string, string, RegExp]>([
    ["a script", "hosts", "#!/usr/bin/python3\nprint()", /^hosts:1: this is a script: dynamic inventories are not run here/],
    ["a plugin's configuration", "cloud.yml", "plugin: openstack.cloud.openstack\n", /^cloud\.yml:1: this configures the inventory plugin openstack\.cloud\.openstack/],
    ["TOML", "hosts.toml", "[gpu]", /TOML are not read here/],
    ["an encrypted inventory", "hosts.yml", "$ANSIBLE_VAULT;1.1;AES256\n6161", /^hosts\.yml:1: .*encrypted with Ansible Vault as a whole/],
    ["a child that is no group", "h.ini", "[gpu:children]\n\nrack\n", /^h\.ini:3: \[gpu:children\] names the group rack, which is declared nowhere/],
    ["variables of no group", "h.ini", "hv1\n[gup:vars]\na=1\n", /^h\.ini:2: \[gup:vars\] is of a group that is declared nowhere/],
    ["a circle", "h.ini", "[a:children]\nb\n[b:children]\na\n", /^h\.ini:4: the group a cannot be a child of b: it would be inside itself/],
    ["a heading with blanks", "h.ini", "hv1\n[my group]\n", /^h\.ini:2: this is no heading/],
    ["an unknown section", "h.ini", "[gpu:host]\n", /^h\.ini:1: a group has hosts, children and vars, and no host/],
    ["an open quote", "h.ini", "hv1 a='b\n", /^h\.ini:1: a quote is not closed/],
    ["a word that is no assignment", "h.ini", "hv1 hv2\n", /^h\.ini:1: after the host's name come variables/],
    ["an empty range", "h.ini", "hv[9:1]\n", /^h\.ini:1: "hv\[9:1\]": the range ends before it begins/],
    ["a range of everything", "h.ini", "hv[1:9999999]\n", /more than 100000 hosts/],
    ["a name of two things", "h.ini", "[gpu]\ngpu\n", /gpu is the name of a host and of a group/],
    ["a group without children:", "h.yml", "all:\n  hosts: { hv1: }\n  gpu:\n    hosts: { hv2: }\n", /^h\.yml:3: the group all has "gpu"; known are hosts, children and vars/],
    ["hosts as a list", "h.yml", "all:\n  hosts:\n    - hv1\n", /^h\.yml:2: hosts is no map/],
    ["a key written twice", "h.yml", "all:\n  hosts:\n    hv1: { a: 1 }\n    hv1: { a: 2 }\n", /^h\.yml:4: the key is written twice/],
    ["no YAML", "h.yml", "all:\n  hosts: {\n", /^h\.yml:\d+: no YAML here/],
    ["an unknown tag", "h.yml", "all: { vars: { a: !secret x } }\n", /^h\.yml:1: this tag is not known here/],
  ])("%s", (_what, file, text, says) => {
    expect(() => read(text, file)).toThrow(InputError);
    expect(() => read(text, file)).toThrow(says);
  });

  it("never throws anything else, whatever the text is", () => {
    const line = fc.constantFrom("[gpu]", "[gpu:children]", "[all:vars]", "hv[1:3]", "hv[", "a=b", "  - x", "gpu:", "  hosts:", "    hv1:", "'", "{{", "!vault |", "&a *a", "[:]", "\t", "# c", "---", "hv1 a='[1' b=[");
    fc.assert(fc.property(fc.array(line, { maxLength: 8 }), fc.constantFrom("h.ini", "h.yml", "h"), (lines, file) => {
      try {
        expect(Array.isArray(read(lines.join("\n"), file))).toBe(true);
      } catch (error) {
        expect(error).toBeInstanceOf(InputError);
      }
    }), { numRuns: 200 });
  });

  it("a file of variables that is encrypted as a whole, only where one of the hosts would take from it", () => {
    const files: VariableFiles = { ofGroup: (name) => (name === "db" ? [{ file: "group_vars/db.yml", text: "$ANSIBLE_VAULT;1.1;AES256\n6161" }] : []), ofHost: () => [] };
    expect(read("[gpu]\nhv1\n[db]\nd1\n", "h.ini", files, "gpu").map(({ name }) => name)).toEqual(["hv1"]);
    expect(() => read("[gpu]\nhv1\n[db]\nd1\n", "h.ini", files)).toThrow(/^group_vars\/db\.yml:1: this file is encrypted/);
  });
});
