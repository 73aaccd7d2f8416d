import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { HostUnreachableError } from "../../errors";
import type { Endpoint } from "./endpoint";
import { oneLine } from "./heard";

/** Signs of life that may stay unanswered before the other side counts as dead. */
const unansweredAllowed = 3;

/** What a connection runs on: a TCP connection of its own, or a stream through the connection to its jump host. */
export type Transport = { readonly socket: Socket } | { readonly stream: Duplex; readonly below: OpenConnection };

/** One logged-in SSH connection whose host key was checked. */
export class OpenConnection {
  readonly #transport: Transport;
  #lost: string | undefined;
  #holders = 0;
  #users = 0;
  #watching: NodeJS.Timeout | undefined;
  #heard = false;
  #reason: string | undefined;

  constructor(
    readonly client: Client,
    readonly endpoint: Endpoint,
    /** "SHA256:..." of the key the host showed. */
    readonly hostKey: string,
    transport: Transport,
  ) {
    this.#transport = transport;
    client.on("error", (cause) => {
      this.#reason ??= oneLine(cause.message);
      this.abandon(this.#reason);
    });
    client.on("close", () => this.#markLost(this.#reason ?? "the host closed it"));
    this.#stream.on("data", () => (this.#heard = true));
    if ("socket" in transport) transport.socket.unref();
  }

  /** Why the connection is gone; `undefined` while it stands. */
  get lost(): string | undefined {
    return this.#lost;
  }

  /** Between `hold` and `release` the connection is watched and keeps the process alive; outside of them neither. */
  hold(): void {
    if (this.#holders++ > 0) return;
    if ("socket" in this.#transport) this.#transport.socket.ref();
    else this.#transport.below.hold();
    if (this.#lost === undefined) this.#watch();
  }

  release(): void {
    if (--this.#holders > 0) return;
    clearInterval(this.#watching);
    if ("socket" in this.#transport) this.#transport.socket.unref();
    else this.#transport.below.release();
  }

  /** Counts connections that run through this one; when the last has left, it is closed. */
  use(): void {
    this.#users++;
  }

  leave(): void {
    if (--this.#users === 0) this.close();
  }

  /** Whether the host still answers; a connection that does not within so many seconds is dropped. */
  answers(seconds: number): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = setTimeout(() => {
        this.abandon(`it has not answered for ${seconds} s`);
        resolve(false);
      }, seconds * 1000);
      this.#ask(() => {
        clearTimeout(timer);
        resolve(this.#lost === undefined);
      });
    });
  }

  /** A stream to the host as it is seen from the host of this connection. */
  forward(to: Endpoint): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      const refuse = (cause: Error): void => {
        const what = `the jump host ${this.endpoint.name} does not connect to ${to.address} port ${to.port} (${oneLine(cause.message)}).`;
        const hint = `Is the host up as seen from there, and does its sshd allow AllowTcpForwarding?`;
        reject(new HostUnreachableError("jump-refused", `${to.name}: ${what} ${hint} Nothing was touched.`, to.name));
      };
      try {
        this.client.forwardOut("127.0.0.1", 0, to.address, to.port, (cause, stream) => (cause === undefined ? resolve(stream) : refuse(cause)));
      } catch (cause) {
        refuse(cause as Error);
      }
    });
  }

  /** Says goodbye. */
  close(): void {
    this.client.end();
    this.#markLost("it was closed");
  }

  /** Drops a connection that no longer answers, without waiting for it. */
  abandon(reason: string): void {
    this.#markLost(reason);
    this.client.destroy();
    this.#stream.destroy();
  }

  #markLost(reason: string): void {
    if (this.#lost !== undefined) return;
    clearInterval(this.#watching);
    if ("socket" in this.#transport) this.#lost = reason;
    else {
      const { below } = this.#transport;
      this.#lost = below.lost === undefined ? reason : `of the jump host ${below.endpoint.name}: ${below.lost}`;
      below.leave();
    }
  }

  get #stream(): Duplex {
    return "socket" in this.#transport ? this.#transport.socket : this.#transport.stream;
  }

  /** ssh2's own keepalive cannot be stopped while nobody uses the connection, and its timer would keep the process alive. */
  #watch(): void {
    const seconds = this.endpoint.keepaliveSeconds;
    let unanswered = 0;
    this.#watching = setInterval(() => {
      if (this.#heard) unanswered = 0;
      this.#heard = false;
      if (unanswered >= unansweredAllowed) return this.abandon(`it has not answered for ${unanswered * seconds} s`);
      unanswered++;
      this.#ask(() => {});
    }, seconds * 1000);
  }

  /** A question that every server answers with "no" at once: to end a port forwarding that does not exist. */
  #ask(answered: () => void): void {
    try {
      this.client.unforwardIn("localhost", 0, answered);
    } catch {
      this.abandon("it is no longer open");
      answered();
    }
  }
}
