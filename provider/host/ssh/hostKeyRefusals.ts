import { HostKeyError } from "../../errors";
import type { Endpoint } from "./endpoint";
import type { KnownKey, PinnedKey } from "./knownHosts";
import { fingerprint, keyType } from "./knownHosts";

/** Why a host key is refused, in words for the operator: what was shown, what is known and where, and what to do. */
export class HostKeyRefusals {
  constructor(private readonly endpoint: Endpoint) {}

  malformedPin(text: string): HostKeyError {
    return this.#make(
      "host-key-malformed",
      `hostKey "${text}" is neither a fingerprint ("SHA256:" and 43 characters, from ssh-keygen -lf) nor a ` +
        `public key ("ssh-ed25519 AAAA..."). Correct it in the connection.`,
    );
  }

  revoked(key: Buffer, { where }: KnownKey): HostKeyError {
    return this.#make(
      "host-key-revoked",
      `the key it shows (${say(key)}) is marked @revoked in ${where}. Whoever marked it holds it for stolen. ` +
        `Give the host a new key before anything else is done with it.`,
    );
  }

  notThePinned(shown: readonly Buffer[], pinned: PinnedKey): HostKeyError {
    return this.#make(
      "host-key-changed",
      `it shows ${shown.map(say).join(", ")}, but the connection pins ${pinned.fingerprint}. Either the host was installed anew or something ` +
        `else answers in its place. Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub) and ` +
        `correct hostKey only if the keys are the same.`,
    );
  }

  changed(key: Buffer, own: readonly KnownKey[]): HostKeyError {
    const known = own.map((line) => `${say(line.key)} at ${line.where}`).join(", ");
    const file = own[0]?.where.replace(/:\d+$/, "");
    return this.#make(
      "host-key-changed",
      `it shows ${say(key)}, but is known by ${known}. Either the host was installed anew or something else answers in its ` +
        `place. Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub); only if the keys are the ` +
        `same, remove the old one with: ssh-keygen -R '${this.endpoint.hostKeyNames[0]}' -f ${file}`,
    );
  }

  certified(key: Buffer, { where }: KnownKey): HostKeyError {
    return this.#make(
      "host-key-certificate",
      `${where} says @cert-authority: this host proves itself by a certificate, and this program cannot check OpenSSH ` +
        `certificates. It shows ${say(key)}. Compare that with the host's own console, then add the key itself as a line of ` +
        `known_hosts or pin it as hostKey.`,
    );
  }

  unknown(key: Buffer): HostKeyError {
    const { knownHostsFiles, hostKeyNames } = this.endpoint;
    const type = (keyType(key) ?? "").replace(/^ssh-|-.*$/g, "");
    return this.#make(
      "host-key-unknown",
      `no key of it is known: "${hostKeyNames[0]}" is not in ${knownHostsFiles.join(" or ") || "any file"}. It shows ${say(key)}. ` +
        `Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_${type}_key.pub). If the keys are the same, ` +
        `pin hostKey: "${fingerprint(key)}", or add this line to ${knownHostsFiles[0] ?? "~/.ssh/known_hosts"}: ` +
        `${hostKeyNames[0]} ${keyType(key)} ${key.toString("base64")}`,
    );
  }

  #make(code: string, what: string): HostKeyError {
    return new HostKeyError(code, `${this.endpoint.name}: host key refused, nothing was sent to it: ${what}`, this.endpoint.name);
  }
}

function say(key: Buffer): string {
  return `${keyType(key) ?? "no key type"} ${fingerprint(key)}`;
}
