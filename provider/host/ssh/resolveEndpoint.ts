import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "../connection";
import type { Endpoint } from "./endpoint";

const defaultIdentities = ["id_ed25519", "id_ecdsa", "id_rsa"];

export async function resolveEndpoint(connection: Connection): Promise<Endpoint> {
  const ssh = join(homedir(), ".ssh");
  const port = connection.port ?? 22;
  const agentSocket = connection.agent ?? process.env["SSH_AUTH_SOCK"];
  const name = connection.host.toLowerCase();
  const hops = await Promise.all((connection.jumpHosts ?? []).map(resolveEndpoint));
  return {
    name: connection.host,
    address: connection.host,
    port,
    user: connection.user ?? userInfo().username,
    hostKeyNames: port === 22 ? [name] : [`[${name}]:${port}`, name],
    knownHostsFiles: connection.knownHostsFiles ?? [join(ssh, "known_hosts"), "/etc/ssh/ssh_known_hosts"],
    ...(connection.hostKey === undefined ? {} : { hostKey: connection.hostKey }),
    acceptUnknownHostKey: connection.acceptUnknownHostKey ?? false,
    identityFiles: connection.identityFiles ?? defaultIdentities.map((file) => join(ssh, file)),
    identityFilesNamed: connection.identityFiles !== undefined,
    identitiesOnly: false,
    ...(agentSocket ? { agentSocket } : {}),
    ...(connection.passphrase === undefined ? {} : { passphrase: connection.passphrase }),
    connectTimeoutSeconds: connection.connectTimeoutSeconds ?? 20,
    keepaliveSeconds: connection.keepaliveSeconds ?? 10,
    jumpHosts: hops.flatMap((hop) => [...hop.jumpHosts, { ...hop, jumpHosts: [] }]),
  };
}
