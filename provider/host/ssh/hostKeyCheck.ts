import { readFileSync } from "node:fs";
import { HostKeyError } from "../../errors";
import type { Endpoint } from "./endpoint";
import type { KnownKey, PinnedKey } from "./knownHosts";
import { fingerprint, keysFor, keyType, parsePinnedKey } from "./knownHosts";

/** Signature algorithms of each key type, best first (RFC 8332 for RSA). SHA-1 signatures are never asked for. */
const algorithmsOfType = {
  "ssh-ed25519": ["ssh-ed25519"],
  "ecdsa-sha2-nistp256": ["ecdsa-sha2-nistp256"],
  "ecdsa-sha2-nistp384": ["ecdsa-sha2-nistp384"],
  "ecdsa-sha2-nistp521": ["ecdsa-sha2-nistp521"],
  "ssh-rsa": ["rsa-sha2-512", "rsa-sha2-256"],
} as const;

type KeyType = keyof typeof algorithmsOfType;
export type HostKeyAlgorithm = (typeof algorithmsOfType)[KeyType][number];

const allTypes = Object.keys(algorithmsOfType) as KeyType[];

/** Judges the key a host shows by what is known of it. Holds what every attempt to connect has shown so far. */
export class HostKeyCheck {
  readonly #endpoint: Endpoint;
  readonly #known: readonly KnownKey[];
  readonly #pinned: PinnedKey | undefined;
  readonly #shown = new Set<string>();
  #accepted: string | undefined;
  #refusal: HostKeyError | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#known = readKnownKeys(endpoint);
    this.#pinned = endpoint.hostKey === undefined ? undefined : parsePinnedKey(endpoint.hostKey);
    if (endpoint.hostKey !== undefined && this.#pinned === undefined) {
      throw this.#error(
        "host-key-malformed",
        `hostKey "${endpoint.hostKey}" is neither a fingerprint ("SHA256:" and 43 characters, from ssh-keygen -lf) nor a ` +
          `public key ("ssh-ed25519 AAAA..."). Correct it in the connection.`,
      );
    }
  }

  /** "SHA256:..." of the key that was accepted. */
  get accepted(): string | undefined {
    return this.#accepted;
  }

  get refusal(): HostKeyError | undefined {
    return this.#refusal;
  }

  /**
   * What to ask the host for, the types it is known by first: a host known only by its RSA key shows that one, though it
   * has others. A pinned fingerprint does not say its type, so the types that did not match are left out one by one.
   */
  algorithms(): HostKeyAlgorithm[] {
    const pinned = this.#pinned;
    const knownTypes = new Set(this.#known.filter(({ role }) => role === "host").map(({ type }) => type));
    const first = (type: string) => (pinned?.type === undefined ? knownTypes.has(type) : type === pinned.type);
    const types = pinned === undefined ? allTypes : allTypes.filter((type) => !this.#shown.has(type));
    return [...types.filter(first), ...types.filter((type) => !first(type))].flatMap((type) => algorithmsOfType[type]);
  }

  /** Another attempt could show the pinned key: it was pinned by fingerprint, and the host may have keys of other types. */
  get mayTryAnotherType(): boolean {
    return this.#pinned !== undefined && this.#pinned.type === undefined && this.algorithms().length > 0;
  }

  get typesShown(): number {
    return this.#shown.size;
  }

  accepts(key: Buffer): boolean {
    this.#shown.add(keyType(key) ?? "");
    this.#refusal = this.#judge(key);
    if (this.#refusal === undefined) this.#accepted = fingerprint(key);
    return this.#refusal === undefined;
  }

  #judge(key: Buffer): HostKeyError | undefined {
    const revoked = this.#known.find((known) => known.role === "revoked" && known.key.equals(key));
    if (revoked !== undefined) return this.#revoked(key, revoked);
    if (this.#pinned !== undefined) {
      return this.#pinned.fingerprint === fingerprint(key) ? undefined : this.#notThePinned(key, this.#pinned);
    }
    const own = this.#known.filter(({ role }) => role === "host");
    if (own.some((known) => known.key.equals(key))) return undefined;
    if (own.length > 0) return this.#changed(key, own);
    const authority = this.#known.find(({ role }) => role === "certificate-authority");
    if (authority !== undefined) return this.#certified(key, authority);
    return this.#endpoint.acceptUnknownHostKey ? undefined : this.#unknown(key);
  }

  #revoked(key: Buffer, { where }: KnownKey): HostKeyError {
    return this.#error(
      "host-key-revoked",
      `the key it shows (${say(key)}) is marked @revoked in ${where}. Whoever marked it holds it for stolen. ` +
        `Give the host a new key before anything else is done with it.`,
    );
  }

  #notThePinned(key: Buffer, pinned: PinnedKey): HostKeyError {
    return this.#error(
      "host-key-changed",
      `it shows ${say(key)}, but the connection pins ${pinned.fingerprint}. Either the host was installed anew or something ` +
        `else answers in its place. Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub) and ` +
        `correct hostKey only if the keys are the same.`,
    );
  }

  #changed(key: Buffer, own: readonly KnownKey[]): HostKeyError {
    const known = own.map((line) => `${say(line.key)} at ${line.where}`).join(", ");
    const file = own[0]?.where.replace(/:\d+$/, "");
    return this.#error(
      "host-key-changed",
      `it shows ${say(key)}, but is known by ${known}. Either the host was installed anew or something else answers in its ` +
        `place. Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_*_key.pub); only if the keys are the ` +
        `same, remove the old one with: ssh-keygen -R '${this.#endpoint.hostKeyNames[0]}' -f ${file}`,
    );
  }

  #certified(key: Buffer, { where }: KnownKey): HostKeyError {
    return this.#error(
      "host-key-certificate",
      `${where} says @cert-authority: this host proves itself by a certificate, and this program cannot check OpenSSH ` +
        `certificates. It shows ${say(key)}. Compare that with the host's own console, then add the key itself as a line of ` +
        `known_hosts or pin it as hostKey.`,
    );
  }

  #unknown(key: Buffer): HostKeyError {
    const { address, port, knownHostsFiles, hostKeyNames } = this.#endpoint;
    const type = (keyType(key) ?? "").replace(/^ssh-|-.*$/g, "");
    return this.#error(
      "host-key-unknown",
      `no key of it is known: "${hostKeyNames[0]}" is not in ${knownHostsFiles.join(" or ") || "any file"}. It shows ${say(key)}. ` +
        `Compare with the host's own console (ssh-keygen -lf /etc/ssh/ssh_host_${type}_key.pub). If the keys are the same, ` +
        `pin hostKey: "${fingerprint(key)}", or run: ssh-keyscan -t ${type}${port === 22 ? "" : ` -p ${port}`} ${address} >> ` +
        `${knownHostsFiles[0] ?? "~/.ssh/known_hosts"}`,
    );
  }

  #error(code: string, what: string): HostKeyError {
    return new HostKeyError(code, `${this.#endpoint.name}: host key refused, nothing was sent to it: ${what}`, this.#endpoint.name);
  }
}

function say(key: Buffer): string {
  return `${keyType(key) ?? "no key type"} ${fingerprint(key)}`;
}

/** A file that is absent holds no keys; one that is there and cannot be read is an error, never "no keys". */
function readKnownKeys({ name, knownHostsFiles, hostKeyNames }: Endpoint): KnownKey[] {
  const texts = knownHostsFiles.map((file) => ({ file, text: readIfPresent(name, file) }));
  const revoked = (key: KnownKey) => key.role === "revoked";
  const listed = hostKeyNames.map((listedAs) => texts.flatMap(({ file, text }) => keysFor(listedAs, text, file)));
  const names = listed.find((keys) => keys.some((key) => !revoked(key))) ?? [];
  return [...names.filter((key) => !revoked(key)), ...listed.flat().filter(revoked)];
}

function readIfPresent(host: string, file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch (cause) {
    const { code } = cause as NodeJS.ErrnoException;
    if (code === "ENOENT" || code === "ENOTDIR") return "";
    throw new HostKeyError("known-hosts-unreadable", `${host}: ${file} cannot be read (${code}), so its keys are not known.`, host);
  }
}
