import { spawn } from "node:child_process";
import { timingSafeEqual } from "node:crypto";
import { type Server as TcpServer, type Socket, connect, createServer } from "node:net";
import { type AuthContext, type Connection, type ServerChannel, Server, type Session, utils } from "ssh2";
import type { Faults } from "./faults";

export interface SshServerOptions {
  readonly address: string;
  /** 0: one that is free. */
  readonly port: number;
  /** Private key in OpenSSH's form. */
  readonly hostKey: string;
  /** Public keys that may log in, as in authorized_keys. */
  readonly authorizedKeys: readonly string[];
  readonly faults: Faults;
  /** Of a command; SSH_CONNECTION is added. Called before each command. */
  readonly environment: (user: string) => NodeJS.ProcessEnv;
}

/** A real SSH server for one host: public keys only, exec and shell run `sh`, and it can be a jump host. */
export class SshServer {
  private readonly sockets = new Set<Socket>();
  private listener: TcpServer | undefined;
  private currentPort: number;
  /** Logins and commands so far, for tests that count them. */
  readonly counts = { connections: 0, commands: 0 };

  constructor(private readonly options: SshServerOptions) {
    this.currentPort = options.port;
  }

  get port(): number {
    return this.currentPort;
  }

  get listening(): boolean {
    return this.listener !== undefined;
  }

  async start(hostKey = this.options.hostKey): Promise<void> {
    const ssh = new Server({ hostKeys: [hostKey] }, (client) => this.serve(client));
    const listener = createServer((socket) => {
      this.sockets.add(socket);
      socket.on("close", () => this.sockets.delete(socket));
      socket.on("error", () => socket.destroy());
      if (this.options.faults.unreachable !== "silent") ssh.injectSocket(socket);
    });
    await new Promise<void>((resolve, reject) => {
      listener.once("error", reject);
      listener.listen(this.currentPort, this.options.address, resolve);
    });
    const bound = listener.address();
    if (bound && typeof bound === "object") this.currentPort = bound.port;
    this.listener = listener;
  }

  /** Connections break as they do when a machine goes away; the port refuses until the next start. */
  async stop(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    if (!listener) return;
    await new Promise<void>((resolve) => {
      listener.close(() => resolve());
      for (const socket of this.sockets) socket.destroy();
    });
  }

  /** Breaks every connection that is open now. */
  cut(): void {
    for (const socket of this.sockets) socket.destroy();
  }

  private serve(client: Connection): void {
    let user = "";
    client.on("error", () => client.end());
    client.on("authentication", (context) => {
      user = context.username;
      if (!this.options.faults.refuseLogin && this.allowed(context)) context.accept();
      else context.reject(["publickey"]);
    });
    client.on("ready", () => {
      this.counts.connections += 1;
      client.on("session", (accept) => this.session(accept(), user));
      client.on("tcpip", (accept, reject, info) => {
        const onward = connect(info.destPort, info.destIP);
        onward.once("error", reject);
        onward.once("connect", () => {
          const channel = accept();
          channel.pipe(onward).pipe(channel);
          channel.on("error", () => onward.destroy());
        });
      });
    });
  }

  private allowed(context: AuthContext): boolean {
    if (context.method !== "publickey") return false;
    return this.options.authorizedKeys.some((line) => {
      const key = utils.parseKey(line);
      if (key instanceof Error || Array.isArray(key)) return false;
      const [known, shown] = [key.getPublicSSH(), context.key.data];
      if (known.length !== shown.length || !timingSafeEqual(known, shown)) return false;
      return !context.signature || key.verify(context.blob ?? Buffer.alloc(0), context.signature, context.hashAlgo) === true;
    });
  }

  private session(session: Session, user: string): void {
    session.on("pty", (_accept, reject) => reject?.());
    session.on("exec", (accept, _reject, { command }) => this.run(accept(), ["-c", command], user));
    session.on("shell", (accept) => this.run(accept(), ["-i"], user));
  }

  private run(channel: ServerChannel, words: readonly string[], user: string): void {
    this.counts.commands += 1;
    const { address } = this.options;
    const child = spawn("sh", words, { env: { ...this.options.environment(user), SSH_CONNECTION: `127.0.0.1 50022 ${address} ${this.currentPort}` }, stdio: "pipe" });
    child.stdin.on("error", () => undefined);
    channel.on("error", () => undefined);
    channel.pipe(child.stdin);
    for (const stream of [child.stdout, child.stderr]) stream.on("data", (data: Buffer) => this.countdown(data.length));
    child.stdout.pipe(channel, { end: false });
    child.stderr.pipe(channel.stderr, { end: false });
    // A session that is cut takes the pipes away; the command lives on until it writes, as under sshd.
    channel.on("close", () => [child.stdin, child.stdout, child.stderr].forEach((stream) => stream.destroy()));
    child.on("close", (code, signal) => {
      if (signal) channel.exit(signal.replace(/^SIG/, ""), false, "");
      else channel.exit(code ?? 255);
      channel.end();
    });
  }

  private countdown(bytes: number): void {
    const { faults } = this.options;
    if (faults.dropAfterBytes === undefined) return;
    faults.dropAfterBytes -= bytes;
    if (faults.dropAfterBytes > 0) return;
    delete faults.dropAfterBytes;
    this.cut();
  }
}
