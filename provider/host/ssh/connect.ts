import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { HostUnreachableError } from "../../errors";
import type { ConnectOptions } from "../connection";
import type { LoginPlan } from "./authentication";
import { planLogin } from "./authentication";
import { canonical } from "./canonical";
import { dial } from "./dial";
import type { Endpoint } from "./endpoint";
import { describeEndpoint } from "./endpoint";
import { HostKeyCheck } from "./hostKeyCheck";
import { logIn } from "./logIn";
import { OpenConnection } from "./openConnection";
import { Reopened } from "./reopened";

/** A server that has many logins waiting drops some before it says a word (sshd's MaxStartups); these are tried again. */
const mostDrops = 4;

/** A jump host that was used before and does not answer within so long is connected to anew. */
const answerSeconds = 5;

/** Connections to jump hosts, by the way that leads there: a fleet behind one bastion logs in to it once. */
const jumpHosts = new Map<string, Reopened<OpenConnection>>();

/** Connects and logs in to the endpoint, through its jump hosts. Every host on the way has its key checked. */
export async function connect(endpoint: Endpoint, options: ConnectOptions): Promise<OpenConnection> {
  const below = await reachJumpHost(endpoint.jumpHosts, options);
  try {
    return await connectHop(endpoint, below, options);
  } catch (cause) {
    below?.leave();
    throw cause;
  }
}

/** The connection to the last of the jump hosts, with this use of it counted. */
async function reachJumpHost(way: readonly Endpoint[], options: ConnectOptions): Promise<OpenConnection | undefined> {
  const last = way.at(-1);
  if (last === undefined) return undefined;
  const key = canonical(way);
  let shared = jumpHosts.get(key);
  if (shared === undefined) jumpHosts.set(key, (shared = new Reopened(() => connect({ ...last, jumpHosts: way.slice(0, -1) }, options))));
  for (;;) {
    const connection = await shared.get();
    // It may have broken while it was idle, and the last other user may have closed it just now.
    if (connection.lost !== undefined) continue;
    connection.use();
    if (await connection.answers(answerSeconds)) return connection;
    connection.leave();
  }
}

async function connectHop(hop: Endpoint, below: OpenConnection | undefined, options: ConnectOptions): Promise<OpenConnection> {
  const check = new HostKeyCheck(hop);
  const login = planLogin(hop, options);
  below?.hold();
  try {
    for (let drops = 1; ; ) {
      const shown = check.keysShown;
      try {
        return await attempt(hop, below, check, login);
      } catch (cause) {
        if (cause instanceof HostUnreachableError && cause.code === "connection-dropped" && drops++ < mostDrops) {
          await pause(300 + Math.random() * 700);
          continue;
        }
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
  let transport: Duplex | undefined;
  const late = deadline(hop.connectTimeoutSeconds, () => {
    controller.abort();
    transport?.destroy();
    const seconds = hop.connectTimeoutSeconds;
    const what = `no login to ${describeEndpoint(hop)} within ${seconds} s: it got as far as ${progress.at}.`;
    return new HostUnreachableError("connect-timeout", `${hop.name}: ${what} Nothing was touched.`, hop.name);
  });
  try {
    if (below === undefined) {
      const socket = await late.or(dial(hop, controller.signal));
      transport = socket;
      const client = await late.or(logIn(hop, socket, check, login, progress));
      return new OpenConnection(client, hop, check.accepted ?? "", { socket });
    }
    const stream = await late.or(below.forward(hop));
    transport = stream;
    const client = await late.or(logIn(hop, stream, check, login, progress));
    return new OpenConnection(client, hop, check.accepted ?? "", { stream, below });
  } catch (cause) {
    transport?.destroy();
    throw cause;
  } finally {
    late.clear();
  }
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
