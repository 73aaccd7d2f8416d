import { InputError } from "../../errors";
import type { Connection } from "../connection";

/**
 * The hosts of a ProxyJump value: `[user@]host[:port]` or `ssh://[user@]host[:port]`, separated by commas. They are logged in to
 * by the same agent, files of known hosts and configuration file as the host behind them, and never inherit
 * `acceptUnknownHostKey` or a pinned key.
 */
export function parseProxyJump(text: string, of: Connection): Connection[] {
  if (text.toLowerCase() === "none") return [];
  return text.split(",").map((hop) => {
    const found = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]]+)\]|([^:\s@]+))(?::(\d{1,5}))?\/?$/.exec(hop.trim());
    const host = found?.[2] ?? found?.[3];
    if (host === undefined) {
      throw new InputError("ssh-config-malformed", `${of.host}: ProxyJump ${text}: "${hop}" is no [user@]host[:port].`, of.host);
    }
    return {
      host,
      ...(found?.[1] === undefined ? {} : { user: found[1] }),
      ...(found?.[4] === undefined ? {} : { port: Number(found[4]) }),
      ...inherited(of),
    };
  });
}

function inherited({ agent, knownHostsFiles, sshConfigFile, passphrase, connectTimeoutSeconds }: Connection): Partial<Connection> {
  return {
    ...(agent === undefined ? {} : { agent }),
    ...(knownHostsFiles === undefined ? {} : { knownHostsFiles }),
    ...(sshConfigFile === undefined ? {} : { sshConfigFile }),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(connectTimeoutSeconds === undefined ? {} : { connectTimeoutSeconds }),
  };
}
