import { InputError } from "../errors";
import type { Connection } from "../host/connection";
import { readInventory, type InventoryHost } from "../inventory/inventory";
import { parseInventoryHost, type HostOfInventory } from "../schema/inventoryHost";
import type { FleetHostArgs } from "./gpuFleet";
import { filesBeside, inventoryText } from "./inventoryFiles";
import { onlyKnown } from "./known";

export interface InventoryOptions {
  /** Only hosts of this group and of those below it. Default "all". */
  readonly group?: string;
  /** What the inventory does not say of how hosts are reached: { sudo: { password: { config: "sudoPassword" } } }. A host's own variables go before it. */
  readonly connection?: Partial<Connection>;
  /** Arguments of every host that its gpuhost_* variables do not give. */
  readonly defaults?: Omit<Partial<FleetHostArgs>, "connection" | "domains">;
  /** Groups that are domains: { rack: "rack_*", aggregate: ["gpu", "a100"] }. "*" stands for any letters; a host is in each group that fits. */
  readonly domains?: Readonly<Record<string, string | readonly string[]>>;
  /** Files below group_vars and host_vars that are passed over, relative to the inventory: ["group_vars/all/vault.yml"]. Default []. */
  readonly withoutFiles?: readonly string[];
}

const names = ["group", "connection", "defaults", "domains", "withoutFiles"];

/** An inventory that is no file: no group_vars and host_vars are looked for. */
export interface InventorySource {
  readonly text: string;
  readonly format: "ini" | "yaml";
  /** For messages. Default "inventory". */
  readonly name?: string;
}

/**
 * Hosts of a static Ansible inventory (INI or YAML, with group_vars and host_vars beside it) as `hosts` of GpuFleet, in the order in which they first
 * appear. Read from ansible_host, ansible_port, ansible_user, ansible_ssh_private_key_file, jump hosts in ansible_ssh_common_args, and gpuhost_* variables;
 * a password or an encrypted value is never taken. `source` is a path, relative to the program's working directory, or a text.
 * @throws InputError with every mistake, each with file, line, host and variable.
 */
export function hostsFromInventory(source: string | InventorySource, options: InventoryOptions = {}): Record<string, FleetHostArgs> {
  onlyKnown("hostsFromInventory", options, names);
  const { group = "all", connection = {}, defaults = {}, domains = {}, withoutFiles = [] } = options;
  const hosts = typeof source === "string"
    ? readInventory(inventoryText(source), filesBeside(source, withoutFiles), group)
    : readInventory({ file: source.name ?? "inventory", ...source }, undefined, group);
  const made: [string, FleetHostArgs][] = [];
  const errors = new Set<string>();
  for (const host of hosts) {
    const parsed = parseInventoryHost(host, connection);
    if ("errors" in parsed) for (const error of parsed.errors) errors.add(error);
    else made.push([host.name, argsOf(host, parsed.host, defaults, domains)]);
  }
  if (errors.size > 0) throw new InputError("inventory", errors.size === 1 ? [...errors].join() : `${errors.size} mistakes in the inventory:\n${[...errors].map((one) => `  ${one}`).join("\n")}`);
  return Object.fromEntries(made);
}

function argsOf(host: InventoryHost, of: HostOfInventory, defaults: NonNullable<InventoryOptions["defaults"]>, domains: NonNullable<InventoryOptions["domains"]>): FleetHostArgs {
  const own = of.settings as Partial<FleetHostArgs>;
  const where = { ...domainsOf(host.groups, domains), ...own.domains };
  const cards = own.byIds === undefined && defaults.byIds === undefined ? {} : { cards: [] };
  return { ...cards, ...defaults, ...own, ...(Object.keys(where).length > 0 ? { domains: where } : {}), connection: of.connection } as FleetHostArgs;
}

function domainsOf(groups: readonly string[], domains: NonNullable<InventoryOptions["domains"]>): Record<string, readonly string[]> {
  const found = Object.entries(domains).map(([domain, patterns]): [string, readonly string[]] => {
    const all = (typeof patterns === "string" ? [patterns] : patterns).map((pattern) => new RegExp(`^${pattern.split("*").map((part) => part.replace(/[.+?^${}()|[\]\\]/g, "\\$&")).join(".*")}$`));
    return [domain, groups.filter((group) => all.some((one) => one.test(group)))];
  });
  return Object.fromEntries(found.filter(([, of]) => of.length > 0));
}
