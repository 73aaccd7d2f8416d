import { z } from "zod";
import type { Connection } from "../host/connection";
import { fields, listOf, oneOf, shown, text, textLike, wholeNumber } from "./fields";

const secretSource = z
  .union([
    z.strictObject({ environment: textLike(/^[A-Za-z_][A-Za-z0-9_]*$/, "the name of an environment variable") }),
    z.strictObject({ file: text("a path") }),
    z.strictObject({ config: text("the name of a secret in the stack's configuration") }),
  ], { error: 'expected one of { environment: NAME }, { file: PATH }, { config: NAME }: where the secret is found, never the secret itself' })
  .describe("Where a secret is found: an environment variable, a file, or a secret of the stack's configuration. The secret itself never enters the inputs.");

const path = text("a path");

function pathOrFalse(what: string): z.ZodType<string | false> {
  return z.custom<string | false>((of) => of === false || (typeof of === "string" && of !== ""), { error: (issue) => `expected ${what} or false, found ${shown(issue.input)}` });
}

export const connectionSchema: z.ZodType<Connection> = fields({
  host: textLike(/^[A-Za-z0-9_.:%[\]-]+$/, "an address, a name, or a Host alias of the SSH configuration file").describe("Address, name, or Host alias of the SSH configuration file."),
  port: wholeNumber(1, 65535, "a port").exactOptional().describe("Default: the SSH configuration file's Port, else 22."),
  user: textLike(/^[^\s:@]+$/, "a user's name").exactOptional().describe("Default: the SSH configuration file's User, else the local user's name."),
  identityFiles: listOf(path, "paths of private keys").exactOptional().describe("Private key files, tried in this order."),
  agent: pathOrFalse("the path of the agent's socket").exactOptional().describe("Socket of the SSH agent, or false for none. Default: SSH_AUTH_SOCK."),
  hostKey: textLike(/^(SHA256:[A-Za-z0-9+/]{43}=?|(ssh|ecdsa|sk)-[A-Za-z0-9@.-]+ [A-Za-z0-9+/=]+( .*)?)$/, '"SHA256:..." as ssh-keygen -lf prints it, or a public key "ssh-ed25519 AAAA..."').exactOptional().describe("The one key the host must show."),
  knownHostsFiles: listOf(path, "paths").exactOptional().describe("Files in known_hosts form. Default ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts."),
  acceptUnknownHostKey: z.boolean({ error: (issue) => `expected true or false, found ${shown(issue.input)}` }).exactOptional().describe("Accepts a host of which no key is known, whoever answers. Default false. For throw-away machines only."),
  get jumpHosts() {
    return listOf(connectionSchema, "connections").exactOptional().describe("Hosts to go through, the first reached directly; each one's key is checked.");
  },
  sshConfigFile: pathOrFalse("a path").exactOptional().describe("SSH configuration file, or false for none. Default ~/.ssh/config."),
  passphrase: secretSource.exactOptional().describe("Passphrase of the private key files that are encrypted."),
  sudo: fields({
    mode: oneOf(["never", "always"]).exactOptional().describe('"always" (default, unless the user is root) runs every script through sudo.'),
    password: secretSource.exactOptional().describe("Where the sudo password is found. Absent: sudo -n."),
  }).exactOptional().describe("How the connection becomes root."),
  connectTimeoutSeconds: wholeNumber(1, 3600, "seconds").exactOptional().describe("Seconds for reaching and logging in. Default 20."),
  keepaliveSeconds: wholeNumber(1, 3600, "seconds").exactOptional().describe("Seconds between two signs of life while a command runs. Default 10."),
}).describe("How a host is reached over SSH. It holds no secret.");
