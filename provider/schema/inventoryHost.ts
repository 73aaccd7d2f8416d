import { nearest } from "../facts/nearest";
import type { Connection } from "../host/connection";
import type { InventoryHost } from "../inventory/inventory";
import { shownPlace, type Variable } from "../inventory/place";
import { holdsTemplate, withOwnName } from "../inventory/template";
import { holdsVault } from "../inventory/vault";
import { connectionSchema } from "./connection";
import { connectionOf, connectionVariables, variableOfField } from "./inventoryConnection";
import { settingOf, settings } from "./inventorySettings";
import { fieldErrors } from "./report";

/** A host of an inventory as GpuFleet takes it: where it is, and what gpuhost_* variables say. */
export interface HostOfInventory {
  readonly connection: Connection;
  readonly settings: Readonly<Record<string, unknown>>;
}

type Result = { readonly host: HostOfInventory } | { readonly errors: readonly string[] };

/** What Ansible asks for a password for; none is ever taken from an inventory. */
const logInPasswords = ["ansible_password", "ansible_ssh_pass", "ansible_ssh_password"];
const sudoPasswords = ["ansible_become_password", "ansible_become_pass", "ansible_sudo_pass"];

/**
 * What the variables of a host say, over `shared`, the caller's own connection for all hosts. Never throws; an error names file, line, host and variable, and never
 * shows an encrypted value or a password.
 */
export function parseInventoryHost({ name, variables }: InventoryHost, shared: Partial<Connection>): Result {
  const said = (variable: string, reason: string): string => `${place(variables.get(variable))}${name}: ${variable}: ${reason}`;
  const known = [...connectionVariables, ...Object.keys(settings)];
  const taken = new Map([...variables].filter(([key]) => known.includes(key)).map(([key, variable]) => [key, { ...variable, value: withOwnName(variable.value, name) }]));
  const errors = [...variables.keys()].flatMap((key) => (key.startsWith("gpuhost_") && !known.includes(key) ? [said(key, unknownReason(key, known))] : []));
  for (const [key, { value }] of taken) {
    if (holdsVault(value)) errors.push(said(key, "the value is encrypted with Ansible Vault and cannot be read here. Write it in the clear if it is no secret; where a secret is found, `connection` says."));
    else if (holdsTemplate(value)) errors.push(said(key, "the value is a template, which only Ansible can work out. Write what comes of it."));
  }
  if (errors.length > 0) return { errors };

  const made = connectionOf(name, taken);
  if ("errors" in made) return { errors: made.errors.map(({ path, reason }) => said(path, reason)) };
  const connection = { ...shared, ...made.connection };
  const parsed = connectionSchema.safeParse(connection);
  if (!parsed.success) errors.push(...parsed.error.issues.flatMap(fieldErrors).map(({ path, reason }) => said(variableOfField(path), reason)));
  for (const [key, { value }] of taken) {
    const setting = settingOf(key);
    if (setting !== undefined) errors.push(...setting.faults(value).map(({ path, reason }) => said(key, `${path === "" ? "" : `${path}: `}${reason}`)));
  }
  errors.push(...passwords(variables, connection).map(([key, reason]) => said(key, reason)));
  if (errors.length > 0) return { errors };
  const own = [...taken].flatMap(([key, { value }]) => (settingOf(key) === undefined ? [] : [[settingOf(key)?.field, value]]));
  return { host: { connection, settings: Object.fromEntries(own) as Record<string, unknown> } };
}

function place(variable: Variable | undefined): string {
  return variable === undefined ? "" : `${shownPlace(variable.place)}: `;
}

function unknownReason(key: string, known: readonly string[]): string {
  const ours = known.filter((one) => one.startsWith("gpuhost_"));
  const meant = nearest(key, ours);
  return `this is not known here; ${meant === undefined ? `known are ${ours.join(", ")}` : `did you mean ${meant}?`}`;
}

/** Passwords that Ansible would use, where nothing else says how the host is entered: better now than as a refusal on every host. */
function passwords(variables: ReadonlyMap<string, Variable>, connection: Connection): [string, string][] {
  const firstOf = (names: readonly string[]): string | undefined => names.find((one) => variables.has(one));
  const logIn = connection.identityFiles === undefined && connection.agent === undefined ? firstOf(logInPasswords) : undefined;
  const sudo = connection.sudo === undefined ? firstOf(sudoPasswords) : undefined;
  return [
    ...(logIn === undefined ? [] : [[logIn, "hosts are entered with keys, never with a password. Say which key (ansible_ssh_private_key_file), or an agent in `connection`."] as [string, string]]),
    ...(sudo === undefined ? [] : [[sudo, 'a password is never taken from an inventory. Say where it is found: `connection: { sudo: { password: { config: "sudoPassword" } } }`, or `sudo: {}` where none is asked for.'] as [string, string]]),
  ];
}
