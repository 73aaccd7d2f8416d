import type { Duplex } from "node:stream";
import { setTimeout as pause } from "node:timers/promises";
import { HostUnreachableError } from "../../errors";
import type { ConnectOptions } from "../connection";
import type { LoginPlan } from "./authentication";
import { planLogin } from "./authentication";
import { canonical } from "./canonical";
import { Clock } from "./clock";
import { dial } from "./dial";
import type { Endpoint } from "./endpoint";
import { describeEndpoint } from "./endpoint";
import { HostKeyCheck } from "./hostKeyCheck";
import { handshakes } from "./handshakes";
import { logIn } from "./logIn";
import { OpenConnection, type Transport } from "./openConnection";
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

/** Waiting in line for a handshake is no part of `connectTimeoutSeconds`, and nobody who says nothing stands in that line. */
async function attempt(hop: Endpoint, below: OpenConnection | undefined, check: HostKeyCheck, login: LoginPlan): Promise<OpenConnection> {
  const controller = new AbortController();
  const progress = { at: below === undefined ? "connecting" : `connecting through ${below.endpoint.name}` };
  let stream: Duplex | undefined;
  const clock = new Clock(hop.connectTimeoutSeconds, () => {
    controller.abort();
    stream?.destroy();
    const seconds = hop.connectTimeoutSeconds;
    const what = `no login to ${describeEndpoint(hop)} within ${seconds} s: it got as far as ${progress.at}.`;
    return new HostUnreachableError("connect-timeout", `${hop.name}: ${what} Nothing was touched.`, hop.name);
  });
  try {
    const transport = await clock.during(async (): Promise<Transport> => {
      const made = below === undefined ? { socket: await dial(hop, controller.signal) } : { stream: await below.forward(hop), below };
      stream = "socket" in made ? made.socket : made.stream;
      // What breaks while it waits in line is found by the handshake.
      stream.on("error", () => {});
      // Opened when the time was over: nobody waits for it any more.
      if (controller.signal.aborted) stream.destroy();
      progress.at = "the SSH handshake";
      await spoke(stream);
      return made;
    });
    const client = await handshakes.run(() => clock.during(() => logIn(hop, stream as Duplex, check, login, progress)));
    return new OpenConnection(client, hop, check.accepted ?? "", transport);
  } catch (cause) {
    stream?.destroy();
    throw cause;
  }
}

/** The server has said something, which an SSH server does unasked (RFC 4253, 4.2), or is gone; what it was is left for the handshake to read. */
function spoke(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const events = ["readable", "end", "close"];
    const heard = (): void => {
      for (const event of events) stream.removeListener(event, heard);
      resolve();
    };
    for (const event of events) stream.on(event, heard);
  });
}
