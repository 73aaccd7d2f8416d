import { readFileSync } from "node:fs";
import { HostKeyError } from "../../errors";
import type { Endpoint } from "./endpoint";
import type { KnownKey, PinnedKey } from "./knownHosts";
import { HostKeyRefusals } from "./hostKeyRefusals";
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
  readonly #shown: Buffer[] = [];
  readonly #refuse: HostKeyRefusals;
  #accepted: string | undefined;
  #refusal: HostKeyError | undefined;

  constructor(endpoint: Endpoint) {
    this.#endpoint = endpoint;
    this.#refuse = new HostKeyRefusals(endpoint);
    this.#known = readKnownKeys(endpoint);
    this.#pinned = endpoint.hostKey === undefined ? undefined : parsePinnedKey(endpoint.hostKey);
    if (endpoint.hostKey !== undefined && this.#pinned === undefined) {
      throw this.#refuse.malformedPin(endpoint.hostKey);
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
    const shown = this.#shown.map(keyType);
    const types = pinned === undefined ? allTypes : allTypes.filter((type) => !shown.includes(type));
    return [...types.filter(first), ...types.filter((type) => !first(type))].flatMap((type) => algorithmsOfType[type]);
  }

  /** Another attempt could show the pinned key: it was pinned by fingerprint, and the host may have keys of other types. */
  get mayTryAnotherType(): boolean {
    const other = this.#pinned !== undefined && this.#pinned.type === undefined && this.#refusal?.code === "host-key-changed";
    return other && this.algorithms().length > 0;
  }

  get keysShown(): number {
    return this.#shown.length;
  }

  accepts(key: Buffer): boolean {
    if (!this.#shown.some((shown) => shown.equals(key))) this.#shown.push(key);
    this.#refusal = this.#judge(key);
    if (this.#refusal === undefined) this.#accepted = fingerprint(key);
    return this.#refusal === undefined;
  }

  #judge(key: Buffer): HostKeyError | undefined {
    const revoked = this.#known.find((known) => known.role === "revoked" && known.key.equals(key));
    if (revoked !== undefined) return this.#refuse.revoked(key, revoked);
    if (this.#pinned !== undefined) {
      return this.#pinned.fingerprint === fingerprint(key) ? undefined : this.#refuse.notThePinned(this.#shown, this.#pinned);
    }
    const own = this.#known.filter(({ role }) => role === "host");
    if (own.some((known) => known.key.equals(key))) return undefined;
    if (own.length > 0) return this.#refuse.changed(key, own);
    const authority = this.#known.find(({ role }) => role === "certificate-authority");
    if (authority !== undefined) return this.#refuse.certified(key, authority);
    return this.#endpoint.acceptUnknownHostKey ? undefined : this.#refuse.unknown(key);
  }
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
