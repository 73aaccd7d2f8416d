import { readFile } from "node:fs/promises";
import type { AnyAuthMethod, ParsedKey } from "ssh2";
import { utils } from "ssh2";
import type { ConnectOptions } from "../connection";
import { SelectedAgent } from "./agent";
import type { Endpoint } from "./endpoint";
import { fingerprint } from "./knownHosts";
import { readSecret } from "./secrets";

/** Ways to log in, in the order they are tried, and for messages: what each one is, and what could not be tried and why. */
export interface LoginPlan {
  readonly attempts: readonly { readonly method: AnyAuthMethod; readonly says: string }[];
  readonly leftOut: readonly string[];
}

interface KeyFile {
  readonly path: string;
  readonly text: Buffer;
}

/**
 * Key files named by a person come first, then the agent, then default key files: a full agent must not use up the
 * server's MaxAuthTries (6) before the key that was asked for. Of the agent, keys that belong to a key file go first.
 */
export async function planLogin(endpoint: Endpoint, options: ConnectOptions): Promise<LoginPlan> {
  const leftOut: string[] = [];
  const files: KeyFile[] = [];
  for (const path of endpoint.identityFiles) {
    try {
      files.push({ path, text: await readFile(path) });
    } catch (cause) {
      const { code } = cause as NodeJS.ErrnoException;
      if (endpoint.identityFilesNamed || code !== "ENOENT") leftOut.push(`key file ${path}: cannot be read (${code})`);
    }
  }
  const keys: LoginPlan["attempts"][number][] = [];
  for (const { path, text } of files) {
    const key = await openKey(path, text, endpoint, options);
    if (typeof key === "string") leftOut.push(`key file ${path}: ${key}`);
    else {
      const says = `key file ${path} (${fingerprint(key.getPublicSSH())})`;
      keys.push({ method: { type: "publickey", username: endpoint.user, key }, says });
    }
  }
  const agent = await agentAttempt(endpoint, leftOut);
  const attempts = endpoint.identityFilesNamed ? [...keys, ...agent] : [...agent, ...keys];
  return { attempts, leftOut };
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

async function agentAttempt(endpoint: Endpoint, leftOut: string[]): Promise<LoginPlan["attempts"][number][]> {
  if (endpoint.agentSocket === undefined) return [];
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
    return [];
  }
  if (held.length === 0) {
    leftOut.push(`agent at ${endpoint.agentSocket}: holds no key that may be used`);
    return [];
  }
  const says = `agent at ${endpoint.agentSocket} (${held.map((key) => fingerprint(key.getPublicSSH())).join(", ")})`;
  return [{ method: { type: "agent", username: endpoint.user, agent }, says }];
}
