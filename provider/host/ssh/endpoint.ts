import type { SecretSource } from "../connection";

/** A connection with everything looked up that a file or a default could decide: what is dialled, and as whom. */
export interface Endpoint {
  /** What messages call the host: as the user wrote it. */
  readonly name: string;
  readonly address: string;
  readonly port: number;
  readonly user: string;
  /** Names under which known_hosts may list its key; the later ones count only where the earlier ones are not listed. */
  readonly hostKeyNames: readonly string[];
  readonly knownHostsFiles: readonly string[];
  readonly hostKey?: string;
  readonly acceptUnknownHostKey: boolean;
  readonly identityFiles: readonly string[];
  /** The key files were named by a person: one that is missing is worth a word. */
  readonly identityFilesNamed: boolean;
  /** Of the agent, only keys that are among the key files. */
  readonly identitiesOnly: boolean;
  readonly agentSocket?: string;
  readonly passphrase?: SecretSource;
  readonly connectTimeoutSeconds: number;
  readonly keepaliveSeconds: number;
  /** Reached one through the other, the first directly. None of them has jump hosts of its own. */
  readonly jumpHosts: readonly Endpoint[];
}

/** "name (user@address:port)", shorter where the name says it already. */
export function describeEndpoint({ name, user, address, port }: Endpoint): string {
  const where = port === 22 ? address : `${address.includes(":") ? `[${address}]` : address}:${port}`;
  return `${name} (${user}@${where})`;
}
