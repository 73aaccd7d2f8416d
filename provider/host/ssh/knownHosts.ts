import { createHash, createHmac, timingSafeEqual } from "node:crypto";
import { matchesPatternList } from "./wildcard";

/** What a line of known_hosts says about its key: the host's own, a certificate authority's, or one that was revoked. */
export type KnownKeyRole = "host" | "certificate-authority" | "revoked";

/** One key that a known_hosts file (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT) holds for a host. */
export interface KnownKey {
  readonly role: KnownKeyRole;
  /** "ssh-ed25519", "ssh-rsa", ... as the key itself says. */
  readonly type: string;
  readonly key: Buffer;
  /** Where it was read: "file:line". */
  readonly where: string;
}

/** "SHA256:..." without padding, as `ssh-keygen -l` prints it. */
export function fingerprint(key: Buffer): string {
  return `SHA256:${createHash("sha256").update(key).digest("base64").replace(/=+$/, "")}`;
}

/** The type a public key blob carries in its first field; `undefined` when it is no key. */
export function keyType(key: Buffer): string | undefined {
  if (key.length < 5) return undefined;
  const length = key.readUInt32BE(0);
  if (length === 0 || length > key.length - 4 || length > 64) return undefined;
  return key.subarray(4, 4 + length).toString("latin1");
}

/** The name under which known_hosts lists a host: the bare name on port 22, `[name]:port` on any other. */
export function knownHostsName(host: string, port: number): string {
  const name = host.toLowerCase();
  return port === 22 ? name : `[${name}]:${port}`;
}

const roles: Readonly<Record<string, KnownKeyRole>> = {
  "@cert-authority": "certificate-authority",
  "@revoked": "revoked",
};

/** Keys of the lines of `text` that are about `name`. Lines in no documented form are skipped, as OpenSSH does. */
export function keysFor(name: string, text: string, file: string): KnownKey[] {
  const found: KnownKey[] = [];
  text.split("\n").forEach((line, index) => {
    const fields = line.trim().split(/[ \t]+/);
    if (fields[0] === "" || fields[0]?.startsWith("#")) return;
    const marker = fields[0]?.startsWith("@") ? fields.shift() : undefined;
    const role = marker === undefined ? "host" : roles[marker];
    const [hosts, type, encoded] = fields;
    if (role === undefined || hosts === undefined || type === undefined || encoded === undefined || !isAbout(name, hosts)) return;
    // After the name: a file of a thousand hosts is read for each of them.
    const key = decode(encoded);
    if (key === undefined || keyType(key) !== type) return;
    found.push({ role, type, key, where: `${file}:${index + 1}` });
  });
  return found;
}

function decode(encoded: string): Buffer | undefined {
  return /^[A-Za-z0-9+/]+={0,2}$/.test(encoded) ? Buffer.from(encoded, "base64") : undefined;
}

function isAbout(name: string, hosts: string): boolean {
  if (hosts.startsWith("|")) return isHashOf(name, hosts);
  return matchesPatternList(hosts.toLowerCase().split(","), name);
}

/** `|1|salt|hash`: HMAC-SHA1 of the name with the salt as its key; the only hash OpenSSH has. */
function isHashOf(name: string, hashed: string): boolean {
  const [, version, salt, hash, ...rest] = hashed.split("|");
  if (version !== "1" || salt === undefined || hash === undefined || rest.length > 0) return false;
  const expected = Buffer.from(hash, "base64");
  const actual = createHmac("sha1", Buffer.from(salt, "base64")).update(name).digest();
  return expected.length === actual.length && timingSafeEqual(expected, actual);
}

/** A key a person pinned: a fingerprint, or a whole public key. `undefined` when it is neither. */
export type PinnedKey = { readonly fingerprint: string; readonly type?: string };

export function parsePinnedKey(text: string): PinnedKey | undefined {
  const words = text.trim().split(/[ \t]+/);
  const first = words[0] ?? "";
  if (words.length === 1 && /^SHA256:[A-Za-z0-9+/]{43}=?$/.test(first)) return { fingerprint: first.replace(/=$/, "") };
  const key = words[1] === undefined ? undefined : decode(words[1]);
  if (key === undefined || keyType(key) !== first) return undefined;
  return { fingerprint: fingerprint(key), type: first };
}
