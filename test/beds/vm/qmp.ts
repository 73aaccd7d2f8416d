import { connect } from "node:net";
import type { Socket } from "node:net";
import { once } from "node:events";

interface Waiting {
  resolve(value: unknown): void;
  reject(error: Error): void;
}

/** QEMU's control socket (docs/interop/qmp-spec): one JSON object a line, answers matched by id, events ignored. */
export class Qmp {
  private readonly waiting = new Map<number, Waiting>();
  private nextId = 1;

  private constructor(private readonly socket: Socket) {
    let unfinished = "";
    socket.setEncoding("utf8").on("data", (text: string) => {
      const lines = (unfinished + text).split("\n");
      unfinished = lines.pop() ?? "";
      for (const line of lines) this.take(line);
    });
    socket.on("error", () => undefined);
    socket.on("close", () => {
      for (const one of this.waiting.values()) one.reject(new Error("QEMU closed its control socket."));
      this.waiting.clear();
    });
  }

  static async connect(path: string): Promise<Qmp> {
    const socket = connect(path);
    await once(socket, "connect");
    const qmp = new Qmp(socket);
    await qmp.execute("qmp_capabilities");
    return qmp;
  }

  execute(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    const id = this.nextId++;
    return new Promise((resolve, reject) => {
      if (this.socket.destroyed) return reject(new Error(`QEMU is gone: ${command} cannot be asked.`));
      this.waiting.set(id, { resolve, reject });
      this.socket.write(`${JSON.stringify({ execute: command, arguments: args, id })}\n`);
    });
  }

  /** A line of the human monitor; returns its text. */
  async hmp(line: string): Promise<string> {
    return String(await this.execute("human-monitor-command", { "command-line": line }));
  }

  close(): void {
    this.socket.destroy();
  }

  private take(line: string): void {
    const message = JSON.parse(line) as { id?: number; return?: unknown; error?: { desc: string } };
    const one = message.id === undefined ? undefined : this.waiting.get(message.id);
    if (message.id === undefined || one === undefined) return;
    this.waiting.delete(message.id);
    if (message.error !== undefined) one.reject(new Error(`QEMU: ${message.error.desc}`));
    else one.resolve(message.return);
  }
}
