import { readFileSync } from "node:fs";
import type { AddressInfo, Socket } from "node:net";
import { createServer } from "node:net";
import { Server } from "ssh2";
import type { AuthContext, ServerChannel } from "ssh2";
import type { Connection } from "../../../provider/host/connection";
import type { KeyPair } from "./keys";

export interface Behaviour {
  /** Instead of the SSH protocol: what is done with the bare TCP connection. */
  readonly onSocket?: (socket: Socket) => void;
  /** Default: everyone is let in. */
  readonly onLogin?: (login: AuthContext) => void;
  /** Whether a session is opened; without an answer the client waits. Default "accept". */
  readonly onSession?: "accept" | "refuse" | "hang";
  /** What a command does. Default: its shell comes up and ends with 0. */
  readonly onCommand?: (command: ScriptedCommand) => void;
  /** "refuse" answers the request for a command with "no". */
  readonly onExec?: "refuse";
}

/** The far side of one command, by ssh2's own server. */
export interface ScriptedCommand {
  readonly channel: ServerChannel;
  /** The line that says that the shell is up, without its line break. */
  readonly marker: string;
  /** What sudo would ask with. */
  readonly prompt: string;
  /** Says the marker on both streams. */
  ready(): void;
  /** Ends as a whole script does. */
  finish(exitCode: number): void;
  /** Ends the TCP connection without a word. */
  cut(): void;
}

/** A server that speaks the true protocol and does what no honest host does. */
export class ScriptedServer {
  private constructor(
    private readonly server: ReturnType<typeof createServer>,
    private readonly sockets: Set<Socket>,
    private readonly hostKey: KeyPair,
  ) {}

  static async start(hostKey: KeyPair, behaviour: Behaviour): Promise<ScriptedServer> {
    const ssh = new Server({ hostKeys: [readFileSync(hostKey.path)] });
    const sockets = new Set<Socket>();
    const server = createServer((socket) => {
      sockets.add(socket);
      socket.on("close", () => sockets.delete(socket)).on("error", () => {});
      if (behaviour.onSocket !== undefined) return behaviour.onSocket(socket);
      serve(ssh, socket, behaviour);
    });
    await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
    return new ScriptedServer(server, sockets, hostKey);
  }

  connection(identity: KeyPair, changes: Partial<Connection> = {}): Connection {
    const { port } = this.server.address() as AddressInfo;
    const fixed = { agent: false, sshConfigFile: false, knownHostsFiles: [], hostKey: this.hostKey.publicLine } as const;
    return { host: "127.0.0.1", port, user: "root", identityFiles: [identity.path], ...fixed, ...changes };
  }

  async dispose(): Promise<void> {
    for (const socket of this.sockets) socket.destroy();
    await new Promise<void>((resolve) => this.server.close(() => resolve()));
  }
}

function serve(ssh: Server, socket: Socket, behaviour: Behaviour): void {
  ssh.once("connection", (client) => {
    client.on("error", () => {});
    client.on("authentication", behaviour.onLogin ?? ((login: AuthContext) => login.accept()));
    client.on("ready", () => {
      client.on("session", (accept, reject) => {
        if (behaviour.onSession === "refuse") return reject();
        if (behaviour.onSession === "hang") return;
        const session = accept();
        session.on("exec", (acceptExec, rejectExec, { command }) => {
          if (behaviour.onExec === "refuse") return rejectExec();
          const [, first = "", second = ""] = /echo ([0-9a-f]+)"([0-9a-f]+)"/.exec(command) ?? [];
          const prompt = /-p password-"([0-9a-f]+)"/.exec(command)?.[1] ?? "";
          const channel = acceptExec();
          const marker = first + second;
          const ready = (): void => {
            channel.write(`${marker}\n`);
            channel.stderr.write(`${marker}\n`);
          };
          const finish = (exitCode: number): void => {
            channel.write(`closing-${/echo closing-"([0-9a-f]+)"/.exec(command)?.[1]}\n`);
            channel.exit(exitCode);
            channel.end();
          };
          const run = behaviour.onCommand ?? succeed;
          run({ channel, marker, prompt: `password-${prompt}`, ready, finish, cut: () => socket.destroy() });
        });
      });
    });
  });
  ssh.injectSocket(socket);
}

function succeed({ ready, finish }: ScriptedCommand): void {
  ready();
  finish(0);
}
