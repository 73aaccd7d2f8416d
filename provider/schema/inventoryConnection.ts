import type { Connection } from "../host/connection";
import type { Variable } from "../inventory/place";
import { throughJumpHosts } from "../inventory/sshArguments";
import { isRecord } from "../inventory/yamlText";
import type { FieldError } from "./report";

/** Variables of a connection; where Ansible knows two names, the later one wins there too. */
const names = {
  host: ["ansible_host", "ansible_ssh_host"],
  port: ["ansible_port", "ansible_ssh_port"],
  user: ["ansible_user", "ansible_ssh_user"],
  identityFiles: ["ansible_private_key_file", "ansible_ssh_private_key_file"],
} as const;
/** In the order in which Ansible hands them to ssh, which takes the first way that it meets. */
const sshArguments = ["ansible_ssh_args", "ansible_ssh_common_args", "ansible_ssh_extra_args"];
/** Ways of Ansible's that end in OpenSSH. */
const overSsh = ["ssh", "smart", "paramiko", "paramiko_ssh", "ansible.builtin.ssh", "ansible.builtin.paramiko_ssh"];

/** Further fields of the connection, as a map: { hostKey: "SHA256:...", sudo: { ... } }. */
const further = "gpuhost_connection";

export const connectionVariables: readonly string[] = [...Object.values(names).flat(), ...sshArguments, "ansible_connection", further];

/** The variable that a field of the connection came from, for messages. */
export function variableOfField(path: string): string {
  const [field = ""] = path.split(/[.[]/);
  return field in names ? names[field as keyof typeof names][0] : further;
}

/** The connection that variables spell; not yet checked. `path` of an error is the variable. */
export function connectionOf(host: string, variables: ReadonlyMap<string, Variable>): { readonly connection: Connection } | { readonly errors: readonly FieldError[] } {
  const last = (field: keyof typeof names): unknown => names[field].map((name) => variables.get(name)?.value).filter((value) => value !== undefined && value !== null && value !== "").at(-1);
  const errors: FieldError[] = [];
  const by = variables.get("ansible_connection")?.value;
  if (by !== undefined && !overSsh.includes(String(by))) errors.push({ path: "ansible_connection", reason: `hosts are reached over SSH, and this says ${typeof by === "string" ? `"${by}"` : "something else"}.` });
  const more = variables.get(further)?.value ?? {};
  if (!isRecord(more)) errors.push({ path: further, reason: "expected a map of fields of a connection." });
  let jumps: ReturnType<typeof throughJumpHosts> = {};
  for (const name of sshArguments) {
    const found = throughJumpHosts(variables.get(name)?.value);
    if ("reason" in found) errors.push({ path: name, reason: found.reason });
    else if (found.jumpHosts !== undefined) jumps = { ...found, ...jumps };
  }
  if (errors.length > 0) return { errors };
  const [address = host, port, user, key] = [last("host"), last("port"), last("user"), last("identityFiles")];
  const spelt = {
    host: asText(address),
    ...(port === undefined ? {} : { port: typeof port === "string" && /^[0-9]+$/.test(port) ? Number(port) : port }),
    ...(user === undefined ? {} : { user: asText(user) }),
    ...(key === undefined ? {} : { identityFiles: [key] }),
    ...jumps, ...(more as object),
  };
  // Its fields are checked as a whole, with what the caller adds.
  return { connection: spelt as unknown as Connection };
}

/** 10.5 and 1000 without quotes are numbers in an inventory, and a name to Ansible all the same. */
function asText(of: unknown): unknown {
  return typeof of === "number" ? String(of) : of;
}
