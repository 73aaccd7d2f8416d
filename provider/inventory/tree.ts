import { unreadableAt, type Place, type Variable } from "./place";

interface Group {
  readonly name: string;
  readonly children: Set<string>;
  readonly hosts: Set<string>;
  readonly variables: Map<string, Variable>;
  priority: number;
}

/** Groups and hosts as they are read, and what follows from them: who is in which group, and whose variables win. */
export class InventoryTree {
  readonly #groups = new Map<string, Group>();
  /** In the order in which they first appear. */
  readonly #hosts = new Map<string, Map<string, Variable>>();

  constructor() {
    for (const name of ["all", "ungrouped"]) this.addGroup(name);
  }

  addGroup(name: string): void {
    if (!this.#groups.has(name)) this.#groups.set(name, { name, children: new Set(), hosts: new Set(), variables: new Map(), priority: 1 });
  }

  has(group: string): boolean {
    return this.#groups.has(group);
  }

  get groups(): readonly string[] {
    return [...this.#groups.keys()];
  }

  addHost(name: string, group: string, port: number | undefined, place: Place): void {
    this.#group(group).hosts.add(name);
    if (this.#hosts.has(name)) return;
    // A port counts where the host first appears, as with Ansible.
    this.#hosts.set(name, new Map(port === undefined ? [] : [["ansible_port", { value: port, place }]]));
  }

  addChild(group: string, child: string, place: Place): void {
    if (group === child || this.#below(child).has(group) || child === "all") {
      throw unreadableAt(place, `the group ${child} cannot be a child of ${group}: it would be inside itself.`);
    }
    this.#group(group).children.add(child);
  }

  setOfHost(host: string, name: string, variable: Variable): void {
    this.#hosts.get(host)?.set(name, variable);
  }

  setOfGroup(group: string, name: string, variable: Variable): void {
    const of = this.#group(group);
    if (name !== "ansible_group_priority") return void of.variables.set(name, variable);
    const priority = Number(variable.value);
    if (!Number.isInteger(priority)) throw unreadableAt(variable.place, `ansible_group_priority of ${group} is a whole number.`);
    of.priority = priority;
  }

  /** Hosts of a group and of the groups below it, in the order of the inventory. */
  hostsOf(group: string): readonly string[] {
    const of = this.#below(group);
    return [...this.#hosts.keys()].filter((host) => this.groupsOf(host).some((name) => of.has(name)));
  }

  /**
   * Groups of a host and those above them, without "all", in the order in which Ansible lays their variables over each other: far from "all" wins
   * over near, then the higher ansible_group_priority, then the later name.
   */
  groupsOf(host: string): readonly string[] {
    const direct = [...this.#groups.values()].filter((group) => group.hosts.has(host)).map(({ name }) => name);
    const proper = direct.filter((name) => name !== "all" && name !== "ungrouped");
    const own = proper.length > 0 ? proper : ["ungrouped"];
    const all = [...this.#groups.keys()].filter((name) => name !== "all" && own.some((one) => name === one || this.#below(name).has(one)));
    const order = (name: string): readonly [number, number, string] => [this.#depth(name), this.#group(name).priority, name];
    return all.map(order).sort((a, b) => a[0] - b[0] || a[1] - b[1] || (a[2] < b[2] ? -1 : 1)).map(([, , name]) => name);
  }

  ofGroup(group: string): ReadonlyMap<string, Variable> {
    return this.#group(group).variables;
  }

  ofHost(host: string): ReadonlyMap<string, Variable> {
    return this.#hosts.get(host) ?? new Map();
  }

  /** Names that are a host and a group: Ansible gives the variables of one to the other. */
  get twofold(): readonly string[] {
    return [...this.#hosts.keys()].filter((name) => this.#groups.has(name));
  }

  #group(name: string): Group {
    this.addGroup(name);
    return this.#groups.get(name) as Group;
  }

  /** The group and all below it; everything is below "all". */
  #below(group: string): ReadonlySet<string> {
    if (group === "all") return new Set(this.#groups.keys());
    const found = new Set([group]);
    for (const name of found) for (const child of this.#groups.get(name)?.children ?? []) found.add(child);
    return found;
  }

  /** The longest way down from "all". */
  #depth(group: string): number {
    const above = [...this.#groups.values()].filter(({ name, children }) => name !== "all" && children.has(group));
    return 1 + Math.max(0, ...above.map(({ name }) => this.#depth(name)));
  }
}
