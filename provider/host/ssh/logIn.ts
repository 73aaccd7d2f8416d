import type { Duplex } from "node:stream";
import type { AnyAuthMethod, NextAuthHandler } from "ssh2";
import { Client } from "ssh2";
import { HostUnreachableError } from "../../errors";
import type { LoginPlan } from "./authentication";
import type { Endpoint } from "./endpoint";
import { describeEndpoint } from "./endpoint";
import { oneLine } from "./heard";
import type { HostKeyCheck } from "./hostKeyCheck";

const handshake = "the SSH handshake";

/** Handshake and login on a stream that leads to the host. `progress.at` says at any moment how far it is, for messages. */
export function logIn(hop: Endpoint, stream: Duplex, check: HostKeyCheck, login: LoginPlan, progress: { at: string }): Promise<Client> {
  progress.at = handshake;
  return new Promise((resolve, reject) => {
    if (stream.destroyed || stream.readableEnded) throw broken(hop, handshake, "the host closed the connection", []);
    const client = new Client();
    const asked: string[] = [];
    let exhausted = false;
    const give = (cause: Error) => {
      client.removeAllListeners();
      // What a broken handshake still has to say is of no use to anyone, and unheard it would end the process.
      client.on("error", () => {});
      client.destroy();
      reject(cause);
    };
    client.once("handshake", () => (progress.at = "logging in"));
    client.once("ready", () => {
      client.removeAllListeners();
      resolve(client);
    });
    client.on("error", (cause) => {
      if (check.refusal !== undefined) give(check.refusal);
      else if (exhausted) give(refused(hop, asked, login));
      else if (cause.level === "agent") asked.push(`(${oneLine(cause.message)})`);
      else give(broken(hop, progress.at, cause.message, asked));
    });
    client.once("close", () => give(broken(hop, progress.at, "the host closed the connection", asked)));
    const waiting = [...login.attempts];
    const next = async (): Promise<AnyAuthMethod> => {
      for (let prepare = waiting.shift(); prepare !== undefined; prepare = waiting.shift()) {
        const attempt = await prepare();
        if (attempt === undefined) continue;
        asked.push(attempt.says);
        return attempt.method;
      }
      exhausted = true;
      // The typings do not know that `false` means "no more ways".
      return false as unknown as AnyAuthMethod;
    };
    client.connect({
      sock: stream,
      username: hop.user,
      // Our own deadline covers dialling, too.
      readyTimeout: 0,
      keepaliveInterval: 0,
      algorithms: { serverHostKey: check.algorithms() },
      hostVerifier: (key: Buffer) => check.accepts(key),
      authHandler: (_left: unknown, _partial: unknown, use: NextAuthHandler) => void next().then(use).catch(give),
    });
  });
}

function refused(hop: Endpoint, asked: readonly string[], login: LoginPlan): HostUnreachableError {
  const tried = asked.length === 0 ? "Nothing could be tried" : `Tried: ${asked.join("; ")}`;
  const leftOut = login.leftOut.length === 0 ? "" : ` Not tried: ${login.leftOut.join("; ")}.`;
  const todo = `Add the public key to ${hop.user}'s authorized_keys there, or name another user, key file or agent.`;
  const what = `the host does not let ${hop.user} in. ${tried}.${leftOut} ${todo} Nothing was touched.`;
  return new HostUnreachableError("login-refused", `${hop.name}: ${what}`, hop.name);
}

function broken(hop: Endpoint, at: string, why: string, asked: readonly string[]): HostUnreachableError {
  const tried = asked.length === 0 ? "" : ` Tried: ${asked.join("; ")}.`;
  const [code, hint] = explain(at, why);
  const what = `the connection to ${describeEndpoint(hop)} broke during ${at}: ${oneLine(why)}.${tried}${hint}`;
  return new HostUnreachableError(code, `${hop.name}: ${what} Nothing was touched.`, hop.name);
}

/** ssh2 says these by message only. */
function explain(at: string, why: string): [code: string, hint: string] {
  if (at === handshake && /lost before handshake|ECONNRESET|EPIPE|closed the connection/.test(why)) return ["connection-dropped", " Is this sshd's port, and has sshd not too many logins waiting (MaxStartups)?"];
  if (/no matching/.test(why)) {
    const known = "curve25519-sha256, aes256-gcm@openssh.com, hmac-sha2-256-etm@openssh.com, and ed25519, ECDSA or RSA host keys";
    return ["no-common-algorithm", ` The host's sshd allows nothing that this program knows: among others ${known}.`];
  }
  return ["connection-broken", ""];
}
