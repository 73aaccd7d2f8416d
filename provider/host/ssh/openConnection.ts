import type { Socket } from "node:net";
import type { Duplex } from "node:stream";
import type { Client } from "ssh2";
import { HostUnreachableError } from "../../errors";
import type { Endpoint } from "./endpoint";

/** Signs of life that may stay unanswered before the other side counts as dead. */
const unansweredAllowed = 3;

/** One logged-in SSH connection whose host key was checked, and the TCP connection it (or its first jump host) runs on. */
export class OpenConnection {
  readonly #client: Client;
  readonly #socket: Socket;
  readonly #below: OpenConnection | undefined;
  #lost: string | undefined;
  #users = 0;
  #ticking: NodeJS.Timeout | undefined;
  #reason: string | undefined;

  constructor(
    client: Client,
    readonly endpoint: Endpoint,
    /** "SHA256:..." of the key the host showed. */
    readonly hostKey: string,
    transport: Socket | { readonly through: OpenConnection },
  ) {
    this.#client = client;
    this.#below = "through" in transport ? transport.through : undefined;
    this.#socket = "through" in transport ? transport.through.#socket : transport;
    client.on("error", (cause) => {
      this.#reason ??= cause.message;
      this.abandon(this.#reason);
    });
    client.on("close", () => this.#markLost(this.#reason ?? "the host closed it"));
    this.#socket.unref();
  }

  /** Why the connection is gone; `undefined` while it stands. */
  get lost(): string | undefined {
    return this.#lost;
  }

  get client(): Client {
    return this.#client;
  }

  /** Between `hold` and `release` the connection is watched and keeps the process alive; outside of them neither. */
  hold(): void {
    if (this.#users++ > 0) return;
    this.#socket.ref();
    this.#watch();
  }

  release(): void {
    if (--this.#users > 0) return;
    clearInterval(this.#ticking);
    this.#socket.unref();
  }

  /** A stream to `address` as the host of this connection reaches it. */
  forward(to: Endpoint): Promise<Duplex> {
    return new Promise((resolve, reject) => {
      this.#client.forwardOut("127.0.0.1", 0, to.address, to.port, (cause, stream) => {
        if (cause === undefined) resolve(stream);
        else {
          const name = this.endpoint.name;
          const what = `the jump host ${name} does not connect to ${to.address} port ${to.port} (${cause.message}).`;
          const hint = `Is the host up as seen from there, and does its sshd allow AllowTcpForwarding?`;
          reject(new HostUnreachableError("jump-refused", `${to.name}: ${what} ${hint} Nothing was touched.`, to.name));
        }
      });
    });
  }

  /** Says goodbye; the connection below (jump hosts) goes with it. */
  close(): void {
    clearInterval(this.#ticking);
    this.#client.end();
    this.#below?.close();
  }

  /** Drops a connection that no longer answers, without waiting for it. */
  abandon(reason: string): void {
    clearInterval(this.#ticking);
    this.#markLost(reason);
    this.#client.destroy();
    this.#socket.destroy();
  }

  #markLost(reason: string): void {
    if (this.#lost !== undefined) return;
    this.#lost = reason;
    clearInterval(this.#ticking);
    this.#below?.close();
  }

  /**
   * ssh2's own keepalive cannot be stopped while nobody uses the connection, and its timer would keep the process alive.
   * The question asked is one every server answers with "no" at once: to end a port forwarding that does not exist.
   */
  #watch(): void {
    let unanswered = 0;
    let bytes = this.#socket.bytesRead;
    this.#ticking = setInterval(() => {
      if (this.#socket.bytesRead !== bytes) unanswered = 0;
      bytes = this.#socket.bytesRead;
      const seconds = this.endpoint.keepaliveSeconds;
      if (unanswered >= unansweredAllowed) return this.abandon(`it has not answered for ${unanswered * seconds} s`);
      unanswered++;
      try {
        this.#client.unforwardIn("localhost", 0, () => {});
      } catch {
        this.abandon("it is no longer open");
      }
    }, this.endpoint.keepaliveSeconds * 1000);
  }
}
