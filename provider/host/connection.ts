/**
 * Where a secret is found. The secret itself is never part of a connection: what enters the inputs of a resource can
 * reach the state in the clear.
 * - `environment`: the name of an environment variable.
 * - `file`: a path; one line break at the end of the file is not part of the secret.
 * - `config`: the name of a secret in the stack's configuration; the caller passes the function that resolves it.
 */
export type SecretSource =
  | { readonly environment: string }
  | { readonly file: string }
  | { readonly config: string };

/** Turns the name of a stack-config secret into its value; `undefined` when the stack has no such secret. */
export type ResolveSecret = (name: string) => string | undefined | Promise<string | undefined>;

export interface Sudo {
  /** "always" (default, unless the user is root) runs every script through sudo; "never" runs it as the user itself. */
  readonly mode?: "never" | "always";
  /** Where the sudo password is found. Absent: `sudo -n`, which fails where sudo asks for a password. */
  readonly password?: SecretSource;
}

/** How one host is reached over SSH. Plain data, safe to print and to keep: there is no secret in it. */
export interface Connection {
  /** Address, name, or `Host` alias of the SSH configuration file. Messages call the host by this. */
  readonly host: string;
  /** Default: the configuration file's Port, else 22. */
  readonly port?: number;
  /** Default: the configuration file's User, else the local user's name. */
  readonly user?: string;
  /** Private key files, tried in this order. Default: the configuration file's, else ~/.ssh/id_ed25519, id_ecdsa, id_rsa. */
  readonly identityFiles?: readonly string[];
  /** Socket of the SSH agent; `false` for none. Default: the configuration file's IdentityAgent, else SSH_AUTH_SOCK. */
  readonly agent?: string | false;
  /** The one key the host must show: "SHA256:..." as `ssh-keygen -lf` prints it, or a public key "ssh-ed25519 AAAA...". */
  readonly hostKey?: string;
  /** Files in known_hosts form. Default: the configuration file's, else ~/.ssh/known_hosts and /etc/ssh/ssh_known_hosts. */
  readonly knownHostsFiles?: readonly string[];
  /**
   * Accepts a host of which no key is known, whoever answers. Default false. A key that differs from a known one is
   * refused all the same. Nothing is written to known_hosts: every run trusts anew. Only for throw-away machines.
   */
  readonly acceptUnknownHostKey?: boolean;
  /** Hosts to go through, the first reached directly; each one's key is checked. `[]`: none. Default: ProxyJump. */
  readonly jumpHosts?: readonly Connection[];
  /** SSH configuration file; `false` for none. Default ~/.ssh/config where it exists. /etc/ssh/ssh_config is not read. */
  readonly sshConfigFile?: string | false;
  /** Passphrase of the private key files that are encrypted. */
  readonly passphrase?: SecretSource;
  readonly sudo?: Sudo;
  /** Seconds for reaching, checking and logging in to the host, and for each jump host before it. Default 20. */
  readonly connectTimeoutSeconds?: number;
  /** Seconds between two signs of life asked for while a command runs; three unanswered ones end it. Default 10. */
  readonly keepaliveSeconds?: number;
}

/** Functions a connection needs from whoever opens it; never stored. */
export interface ConnectOptions {
  /** Resolves `{ config: ... }` secrets. Without it such a source is an error that says so. */
  readonly resolveSecret?: ResolveSecret;
}
