import { existsSync } from "node:fs";
import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { InputError } from "../../errors";
import type { Connection } from "../connection";
import type { Endpoint } from "./endpoint";
import { parseProxyJump } from "./jumpHosts";
import type { SshConfig } from "./sshConfig";
import { readSshConfig } from "./sshConfig";
import type { Tokens } from "./tokens";
import { expandHome, expandPath, expandTokens } from "./tokens";

/** ProxyJump hosts may have ProxyJump hosts; more than these are a loop. */
const mostJumps = 8;

/**
 * Decides what the connection leaves open, from the SSH configuration file and OpenSSH's defaults. What the connection says
 * itself always wins. The file can name keys and known_hosts files; it can never make a host key count less
 * (StrictHostKeyChecking and CheckHostIP are not read), and what would be unsafe to leave out is refused by name.
 * @throws InputError
 */
export function resolveEndpoint(connection: Connection, jumps = 0): Endpoint {
  if (jumps > mostJumps) throw new InputError("ssh-config-unsupported", `${connection.host}: more than ${mostJumps} jump hosts in a row.`, connection.host);
  const config = configOf(connection);
  refuseUnsupported(config, connection);
  const address = expandTokens(config?.first("hostname") ?? connection.host, "HostName", { h: connection.host });
  const port = connection.port ?? numberOf(config, "port", connection) ?? 22;
  if (!Number.isInteger(port) || port < 1 || port > 65535) throw new InputError("port-out-of-range", `${connection.host}: ${port} is no TCP port.`, connection.host);
  const user = connection.user ?? config?.first("user") ?? userInfo().username;
  const tokens: Tokens = { h: address, n: connection.host, p: String(port), r: user };
  const agentSocket = agentOf(connection, config, tokens);
  return {
    name: connection.host,
    address,
    port,
    user,
    hostKeyNames: hostKeyNames(config?.first("hostkeyalias"), address, port),
    knownHostsFiles: connection.knownHostsFiles?.map(expandHome) ?? knownHostsFiles(config, tokens),
    ...(connection.hostKey === undefined ? {} : { hostKey: connection.hostKey }),
    acceptUnknownHostKey: connection.acceptUnknownHostKey ?? false,
    ...identities(connection, config, tokens),
    identitiesOnly: config?.first("identitiesonly")?.toLowerCase() === "yes",
    ...(agentSocket === undefined ? {} : { agentSocket }),
    ...(connection.passphrase === undefined ? {} : { passphrase: connection.passphrase }),
    connectTimeoutSeconds: connection.connectTimeoutSeconds ?? numberOf(config, "connecttimeout", connection) ?? 20,
    keepaliveSeconds: connection.keepaliveSeconds ?? 10,
    jumpHosts: jumpHosts(connection, config, jumps),
  };
}

function configOf(connection: Connection): SshConfig | undefined {
  const { host, sshConfigFile, user } = connection;
  if (sshConfigFile === false) return undefined;
  const file = sshConfigFile === undefined ? join(homedir(), ".ssh", "config") : expandHome(sshConfigFile);
  if (sshConfigFile === undefined && !existsSync(file)) return undefined;
  return readSshConfig(file, { originalHost: host, user, localUser: userInfo().username });
}

function refuseUnsupported(config: SshConfig | undefined, { host, jumpHosts: own }: Connection): void {
  const refuse = (keyword: string, why: string): InputError =>
    new InputError("ssh-config-unsupported", `${host}: the SSH configuration says ${keyword} ${config?.first(keyword.toLowerCase())}: ${why}`, host);
  const command = config?.first("proxycommand");
  if (command !== undefined && command.toLowerCase() !== "none" && own === undefined) {
    throw refuse("ProxyCommand", "this program runs no command to reach a host. Use ProxyJump, or give the connection jumpHosts ([] for none).");
  }
  if ((config?.first("revokedhostkeys") ?? "none").toLowerCase() !== "none") {
    throw refuse("RevokedHostKeys", "this program does not read such lists. Put the keys into known_hosts as @revoked lines.");
  }
}

function numberOf(config: SshConfig | undefined, keyword: string, { host }: Connection): number | undefined {
  const text = config?.first(keyword);
  if (text === undefined || text.toLowerCase() === "none") return undefined;
  if (!/^[1-9]\d{0,4}$/.test(text)) throw new InputError("ssh-config-malformed", `${host}: the SSH configuration says ${keyword} ${text}, which is no number that fits.`, host);
  return Number(text);
}

/** The name the key is known by. On another port than 22 OpenSSH accepts a key that is known for the bare name, too. */
function hostKeyNames(alias: string | undefined, address: string, port: number): string[] {
  if (alias !== undefined) return [alias.toLowerCase()];
  const name = address.toLowerCase();
  return port === 22 ? [name] : [`[${name}]:${port}`, name];
}

function knownHostsFiles(config: SshConfig | undefined, tokens: Tokens): string[] {
  const user = config?.words("userknownhostsfile") ?? ["~/.ssh/known_hosts", "~/.ssh/known_hosts2"];
  const global = config?.words("globalknownhostsfile") ?? ["/etc/ssh/ssh_known_hosts", "/etc/ssh/ssh_known_hosts2"];
  return [...user, ...global].filter((file) => file !== "none").map((file) => expandPath(file, "UserKnownHostsFile", tokens));
}

function identities(connection: Connection, config: SshConfig | undefined, tokens: Tokens): Pick<Endpoint, "identityFiles" | "identityFilesNamed"> {
  if (connection.identityFiles !== undefined) return { identityFiles: connection.identityFiles.map(expandHome), identityFilesNamed: true };
  const named = config?.all("identityfile") ?? [];
  const files = named.length > 0 ? named.filter((file) => file !== "none") : ["~/.ssh/id_ed25519", "~/.ssh/id_ecdsa", "~/.ssh/id_rsa"];
  return { identityFiles: files.map((file) => expandPath(file, "IdentityFile", tokens)), identityFilesNamed: named.length > 0 };
}

function agentOf(connection: Connection, config: SshConfig | undefined, tokens: Tokens): string | undefined {
  if (connection.agent !== undefined) return connection.agent === false ? undefined : expandHome(connection.agent);
  const named = config?.first("identityagent") ?? "SSH_AUTH_SOCK";
  if (named.toLowerCase() === "none") return undefined;
  const variable = named === "SSH_AUTH_SOCK" ? named : /^\$([A-Za-z_]\w*)$/.exec(named)?.[1];
  return variable === undefined ? expandPath(named, "IdentityAgent", tokens) : process.env[variable] || undefined;
}

/** Only the first of several is reached by jump hosts of its own: the others are reached through the one before them. */
function jumpHosts(connection: Connection, config: SshConfig | undefined, jumps: number): Endpoint[] {
  const hops = connection.jumpHosts ?? parseProxyJump(config?.first("proxyjump") ?? "none", connection);
  return hops.flatMap((hop, index) => {
    const file = hop.sshConfigFile ?? connection.sshConfigFile;
    const own = hop.jumpHosts ?? (index === 0 ? undefined : []);
    const first: Connection = { ...hop, ...(own === undefined ? {} : { jumpHosts: own }), ...(file === undefined ? {} : { sshConfigFile: file }) };
    const resolved = resolveEndpoint(first, jumps + 1);
    return [...resolved.jumpHosts, { ...resolved, jumpHosts: [] }];
  });
}
