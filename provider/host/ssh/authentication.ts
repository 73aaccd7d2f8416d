import { readFile } from "node:fs/promises";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { utils } from "ssh2";
import type { ConnectOptions } from "../connection";
import { SelectedAgent } from "./agent";
import type { Endpoint } from "./endpoint";
import { fingerprint } from "./knownHosts";
import { readSecret } from "./secrets";

/** One way to log in, and how messages call it. */
export interface LoginAttempt {
  readonly method: AnyAuthMethod;
  readonly says: string;
}

/** Ways to log in, each made ready when its turn comes; what turns out to be no way at all is noted in `leftOut`. */
export interface LoginPlan {
  readonly attempts: readonly (() => Promise<LoginAttempt | undefined>)[];
  readonly leftOut: readonly string[];
}

/**
 * Key files named by a person come first, then the agent, then default key files: a full agent must not use up the
 * server's MaxAuthTries (6) before the key that was asked for. Of the agent, keys that belong to a key file go first.
 */
export function planLogin(endpoint: Endpoint, options: ConnectOptions): LoginPlan {
  const leftOut: string[] = [];
  const keys = endpoint.identityFiles.map((path) => () => keyAttempt(path, endpoint, options, leftOut));
  const agent = () => agentAttempt(endpoint, leftOut);
  return { attempts: endpoint.identityFilesNamed ? [...keys, agent] : [agent, ...keys], leftOut };
}

async function keyAttempt(path: string, endpoint: Endpoint, options: ConnectOptions, leftOut: string[]): Promise<LoginAttempt | undefined> {
  const text = await readFile(path).catch((cause: NodeJS.ErrnoException) => cause);
  if (text instanceof Error) {
    if (endpoint.identityFilesNamed || text.code !== "ENOENT") leftOut.push(`key file ${path}: cannot be read (${text.code})`);
    return undefined;
  }
  const key = await openKey(path, text, endpoint, options);
  if (typeof key !== "string") {
    const says = `key file ${path} (${fingerprint(key.getPublicSSH())})`;
    return { method: { type: "publickey", username: endpoint.user, key }, says };
  }
  leftOut.push(`key file ${path}: ${key}`);
  return undefined;
}

/** The private key, or why there is none. */
async function openKey(path: string, text: Buffer, endpoint: Endpoint, options: ConnectOptions): Promise<ParsedKey | string> {
  let key = parse(text);
  if (key instanceof Error && /passphrase|encrypted/i.test(key.message)) {
    if (endpoint.passphrase === undefined) return "is encrypted, and the connection names no passphrase for it";
    key = parse(text, await readSecret(endpoint.passphrase, `passphrase of ${path}`, endpoint.name, options));
    if (key instanceof Error) return `the passphrase does not open it (${key.message})`;
  }
  if (key instanceof Error) return `is in no form this program reads (${key.message}); ssh-keygen -p -f ${path} rewrites it`;
  return key.isPrivateKey() ? key : "is a public key; name the private one";
}

function parse(text: Buffer, passphrase?: string): ParsedKey | Error {
  const parsed: ParsedKey | ParsedKey[] | Error = utils.parseKey(text, passphrase);
  return Array.isArray(parsed) ? (parsed[0] ?? new Error("no key in it")) : parsed;
}

async function agentAttempt(endpoint: Endpoint, leftOut: string[]): Promise<LoginAttempt | undefined> {
  if (endpoint.agentSocket === undefined) return undefined;
  const preferred: Buffer[] = [];
  for (const path of endpoint.identityFiles) {
    const text = await readFile(path.endsWith(".pub") ? path : `${path}.pub`).catch(() => undefined);
    const key = text === undefined ? undefined : parse(text);
    if (key !== undefined && !(key instanceof Error)) preferred.push(key.getPublicSSH());
  }
  const agent = new SelectedAgent(endpoint.agentSocket, preferred, endpoint.identitiesOnly);
  const held = await agent.held().catch((cause: Error) => cause);
  if (held instanceof Error) {
    leftOut.push(`agent at ${endpoint.agentSocket}: ${held.message}`);
    return undefined;
  }
  if (held.length === 0) {
    leftOut.push(`agent at ${endpoint.agentSocket}: holds no key that may be used`);
    return undefined;
  }
  const says = `agent at ${endpoint.agentSocket} (${held.map((key) => fingerprint(key.getPublicSSH())).join(", ")})`;
  return { method: { type: "agent", username: endpoint.user, agent }, says };
}
