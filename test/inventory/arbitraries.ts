import fc from "fast-check";

/** An inventory as it is meant, to be written down as INI or as YAML. */
export interface Model {
  /** Groups in the order of their declaration; a child stands after its parents, so nothing is inside itself. */
  readonly groups: readonly { readonly name: string; readonly children: readonly string[]; readonly hosts: readonly string[]; readonly variables: Variables; readonly priority?: number }[];
  readonly loose: readonly string[];
  readonly all: Variables;
  readonly ofHosts: Readonly<Record<string, Variables>>;
}

type Value = string | number | boolean | readonly Value[] | { readonly [name: string]: Value };
type Variables = Readonly<Record<string, Value>>;

const hosts = ["hv1", "hv2", "hv-3", "hv4.example.org", "192.0.2.7", "b_5"];
const groupNames = ["gpu", "rack_r1", "rack_r2", "a100", "zone-a", "b"];
const variableNames = ["ansible_host", "ansible_user", "gpuhost_reboot", "note", "x"];
const scalar: fc.Arbitrary<Value> = fc.oneof(fc.constantFrom<Value>("ops", "10.0.0.1", "yes", "on", "a b", "it's", 'say "x"', "back\\slash", "#no comment", "5", "True", "ä", "0000:41:00.0", "=", "a=b", "[1", ""), fc.integer({ min: -70000, max: 70000 }), fc.boolean());
const value: fc.Arbitrary<Value> = fc.oneof({ weight: 4, arbitrary: scalar }, fc.array(scalar, { maxLength: 3 }), fc.dictionary(fc.constantFrom("address", "id", "k v"), scalar, { maxKeys: 2 }));
const variables: fc.Arbitrary<Variables> = fc.dictionary(fc.constantFrom(...variableNames), value, { maxKeys: 3 }).map((of) => ({ ...of }));

export const model: fc.Arbitrary<Model> = fc.record({
  groups: fc.shuffledSubarray(groupNames).chain((names) => fc.tuple(...names.map((name, at) => fc.record({
    name: fc.constant(name), children: fc.subarray(names.slice(at + 1)), hosts: fc.shuffledSubarray(hosts), variables,
  }, { requiredKeys: ["name", "children", "hosts", "variables"] }).chain((group) => fc.option(fc.integer({ min: -2, max: 3 }), { nil: undefined }).map((priority) => (priority === undefined ? group : { ...group, priority })))))),
  loose: fc.subarray(hosts), all: variables, ofHosts: fc.dictionary(fc.constantFrom(...hosts), variables, { maxKeys: 4 }).map((of) => ({ ...of })),
}).filter(({ groups, loose }) => loose.length + groups.flatMap((group) => group.hosts).length > 0);

/** A literal of Python's. */
function literal(of: Value): string {
  if (typeof of === "boolean") return of ? "True" : "False";
  if (typeof of === "number") return String(of);
  if (typeof of === "string") return `'${of.replaceAll("\\", "\\\\").replaceAll("'", "\\'")}'`;
  return Array.isArray(of) ? `[${of.map(literal).join(", ")}]` : `{${Object.entries(of as Variables).map(([name, item]) => `${literal(name)}: ${literal(item)}`).join(", ")}}`;
}

/** Hosts' own variables stand behind the first mention of the host. */
export function asIni({ groups, loose, all, ofHosts }: Model): string {
  const seen = new Set<string>();
  const line = (host: string): string => {
    const own = seen.has(host) ? {} : ofHosts[host] ?? {};
    seen.add(host);
    return [host, ...Object.entries(own).map(([name, of]) => `${name}="${literal(of).replaceAll("\\", "\\\\").replaceAll('"', '\\"')}"`)].join(" ");
  };
  const assigned = (of: Variables): string[] => Object.entries(of).map(([name, item]) => `${name} = ${literal(item)}`);
  return [
    "# made by a test", ...loose.map(line), "",
    ...groups.flatMap((group) => [
      `[${group.name}]`, ...group.hosts.map(line), `[${group.name}:children]`, ...group.children,
      `[${group.name}:vars]`, ...assigned({ ...group.variables, ...(group.priority === undefined ? {} : { ansible_group_priority: group.priority }) }), "",
    ]),
    "[all:vars]", ...assigned(all), "",
  ].join("\n");
}

/** JSON is YAML, and every value says by itself what it is. */
export function asYaml({ groups, loose, all, ofHosts }: Model): string {
  const seen = new Set<string>();
  const entries = (names: readonly string[]): Record<string, Variables | null> => Object.fromEntries(names.map((host) => {
    const own = seen.has(host) ? null : ofHosts[host] ?? null;
    seen.add(host);
    return [host, own];
  }));
  const whole = {
    ungrouped: { hosts: entries(loose) },
    ...Object.fromEntries(groups.map((group) => [group.name, {
      hosts: entries(group.hosts), children: Object.fromEntries(group.children.map((name) => [name, null])),
      vars: { ...group.variables, ...(group.priority === undefined ? {} : { ansible_group_priority: group.priority }) },
    }])),
    all: { vars: all },
  };
  return JSON.stringify(whole, null, 1);
}
