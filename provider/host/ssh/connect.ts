import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import { Client } from "ssh2";
import type { AnyAuthMethod, NextAuthHandler } from "ssh2";
import { HostUnreachableError } from "../../errors";
import type { ConnectOptions } from "../connection";
import type { LoginPlan } from "./authentication";
import { planLogin } from "./authentication";
import { dial } from "./dial";
import type { Endpoint } from "./endpoint";
import { describeEndpoint } from "./endpoint";
import { HostKeyCheck } from "./hostKeyCheck";
import { OpenConnection } from "./openConnection";

/** Connects and logs in to the endpoint, through its jump hosts. Every host on the way has its key checked. */
export async function connect(endpoint: Endpoint, options: ConnectOptions): Promise<OpenConnection> {
  let below: OpenConnection | undefined;
  try {
    for (const hop of [...endpoint.jumpHosts, endpoint]) below = await connectHop(hop, below, options);
    return below as OpenConnection;
  } catch (cause) {
    below?.close();
    throw cause;
  }
}

async function connectHop(hop: Endpoint, below: OpenConnection | undefined, options: ConnectOptions): Promise<OpenConnection> {
  const check = new HostKeyCheck(hop);
  const login = planLogin(hop, options);
  below?.hold();
  try {
    for (;;) {
      const shown = check.keysShown;
      try {
        return await attempt(hop, below, check, login);
      } catch (cause) {
        if (check.refusal === undefined) throw cause;
        // The host had no key of another type to show, or none is left to ask for.
        if (check.keysShown === shown || !check.mayTryAnotherType) throw check.refusal;
      }
    }
  } finally {
    below?.release();
  }
}

async function attempt(hop: Endpoint, below: OpenConnection | undefined, check: HostKeyCheck, login: LoginPlan): Promise<OpenConnection> {
  const controller = new AbortController();
  const progress = { at: below === undefined ? "connecting" : `connecting through ${below.endpoint.name}` };
  let transport: Socket | Duplex | undefined;
  const late = deadline(hop.connectTimeoutSeconds, () => {
    controller.abort();
    transport?.destroy();
    const seconds = hop.connectTimeoutSeconds;
    const what = `no login to ${describeEndpoint(hop)} within ${seconds} s: it got as far as ${progress.at}.`;
    return new HostUnreachableError("connect-timeout", `${hop.name}: ${what} Nothing was touched.`, hop.name);
  });
  try {
    const stream = await late.or<Duplex>(below === undefined ? dial(hop, controller.signal) : below.forward(hop));
    transport = stream;
    const client = await late.or(logIn(hop, stream, check, login, progress));
    return new OpenConnection(client, hop, check.accepted ?? "", below === undefined ? (stream as Socket) : { through: below });
  } catch (cause) {
    transport?.destroy();
    throw cause;
  } finally {
    late.clear();
  }
}

function logIn(hop: Endpoint, stream: Duplex, check: HostKeyCheck, login: LoginPlan, progress: { at: string }): Promise<Client> {
  return new Promise((resolve, reject) => {
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
    progress.at = "the SSH handshake";
    client.once("handshake", () => (progress.at = "logging in"));
    client.once("ready", () => {
      client.removeAllListeners();
      resolve(client);
    });
    client.on("error", (cause) => {
      if (check.refusal !== undefined) give(check.refusal);
      else if (exhausted) give(refused(hop, asked, login));
      else if (cause.level === "agent") asked.push(`(${cause.message})`);
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
  const what = `the connection to ${describeEndpoint(hop)} broke during ${at}: ${why}.${tried} Nothing was touched.`;
  return new HostUnreachableError("connection-broken", `${hop.name}: ${what}`, hop.name);
}

/** Ends what takes longer; `error` is made only then, so that it can say how far things came. */
function deadline(seconds: number, error: () => Error): { or<T>(work: Promise<T>): Promise<T>; clear(): void } {
  let timer: NodeJS.Timeout | undefined;
  const expired = new Promise<never>((_resolve, reject) => {
    timer = setTimeout(() => reject(error()), seconds * 1000);
  });
  expired.catch(() => {});
  return { or: (work) => Promise.race([work, expired]), clear: () => clearTimeout(timer) };
}
