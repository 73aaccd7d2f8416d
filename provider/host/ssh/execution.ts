import type { ClientChannel } from "ssh2";
import type { GpuhostError } from "../../errors";
import type { ShellLimits, ShellResult } from "../shell";
import { AfterMarker } from "./afterMarker";
import type { ExecutionErrors } from "./executionErrors";
import type { Framing } from "./framing";
import { LineText } from "./lineText";
import type { OpenConnection } from "./openConnection";

const defaultMaximumBytes = 64 * 1024 * 1024;

/** One script on one channel, from the opening of the channel to its close. */
export class Execution {
  readonly #out: AfterMarker;
  readonly #err: AfterMarker;
  readonly #stdout: Buffer[] = [];
  readonly #stderr: LineText;
  #bytes = 0;
  #stderrBytes = 0;
  #passwordsSent = 0;
  #phase: "opening" | "starting" | "running" = "opening";
  #exit: { readonly code: number | null; readonly signal: string | null } | undefined;
  #channel: ClientChannel | undefined;
  #settle: ((result: ShellResult | Error) => void) | undefined;

  constructor(
    private readonly connection: OpenConnection,
    private readonly framing: Framing,
    private readonly limits: ShellLimits,
    private readonly errors: ExecutionErrors,
    private readonly password: string | undefined,
  ) {
    this.#out = new AfterMarker(framing.marker);
    this.#err = new AfterMarker(framing.marker);
    this.#stderr = new LineText(limits.onStderrLine);
  }

  /** Resolves with whatever the script ended with, also when it failed; rejects when that cannot be said. */
  async run(): Promise<ShellResult> {
    const timers = [setTimeout(() => this.#late(), this.limits.deadlineSeconds * 1000)];
    const toOpen = this.connection.endpoint.connectTimeoutSeconds;
    if (toOpen < this.limits.deadlineSeconds) timers.push(setTimeout(() => this.#stale(toOpen), toOpen * 1000));
    this.connection.hold();
    try {
      return await new Promise<ShellResult>((resolve, reject) => {
        this.#settle = (result) => (result instanceof Error ? reject(result) : resolve(result));
        this.#open();
      });
    } finally {
      timers.forEach(clearTimeout);
      this.connection.release();
    }
  }

  #open(): void {
    const { client } = this.connection;
    const goneMeanwhile = this.connection.lost;
    if (goneMeanwhile !== undefined) return this.#end(this.errors.notOpened(goneMeanwhile));
    try {
      client.exec(this.framing.commandLine, (cause, channel) => {
        if (cause !== undefined) return this.#end(this.#notOpened(cause));
        this.#channel = channel;
        // Opened after the deadline: nobody waits for it any more.
        if (this.#settle === undefined) return channel.close();
        this.#phase = "starting";
        this.#listen(channel);
      });
    } catch (cause) {
      this.#end(this.errors.notOpened((cause as Error).message));
    }
  }

  #notOpened(cause: Error & { reason?: unknown }): GpuhostError {
    if (this.connection.lost !== undefined) return this.errors.notOpened(this.connection.lost);
    // RFC 4254, 5.1: a number says that the server answered, and refused.
    return typeof cause.reason === "number" ? this.errors.sessionRefused(cause.message) : this.errors.notOpened(cause.message);
  }

  #listen(channel: ClientChannel): void {
    channel.on("data", (chunk: Buffer) => this.#onStdout(chunk));
    channel.stderr.on("data", (chunk: Buffer) => this.#onStderr(chunk));
    channel.on("exit", (code: number | null, signal?: string) => (this.#exit = { code, signal: signal ?? null }));
    channel.on("error", () => {});
    channel.on("close", () => this.#onClose());
  }

  #onStdout(chunk: Buffer): void {
    const own = this.#out.feed(chunk);
    this.#bytes += own.length;
    if (this.#bytes > this.#maximum + this.framing.closing.length) return this.#end(this.errors.tooLarge("standard output", this.#maximum));
    if (own.length > 0) this.#stdout.push(own);
  }

  #onStderr(chunk: Buffer): void {
    const own = this.#err.feed(chunk);
    if (this.#phase === "starting") this.#handshake();
    this.#stderrBytes += own.length;
    if (this.#stderrBytes > this.#maximum) return this.#end(this.errors.tooLarge("standard error", this.#maximum));
    try {
      this.#stderr.add(own);
    } catch (cause) {
      // Thrown by the caller's own onStderrLine: an error of this command, not of the connection.
      this.#end(cause as Error);
    }
  }

  /** sudo asks, or our shell stands there: nothing is sent before one of the two was seen. */
  #handshake(): void {
    if (this.#err.found) {
      this.#phase = "running";
      this.#channel?.end(this.framing.input);
      return;
    }
    const prompts = this.#err.noise.split(this.framing.prompt).length - 1;
    if (prompts <= this.#passwordsSent) return;
    if (this.password === undefined || this.#passwordsSent > 0) return this.#end(this.errors.wrongPassword());
    this.#passwordsSent++;
    this.#channel?.write(`${this.password}\n`);
  }

  #onClose(): void {
    if (this.#exit === undefined) return this.#end(this.errors.lost(this.#phase, this.connection.lost, this.#stderr.text));
    if (!this.#err.found) return this.#end(this.errors.notStarted(this.#exit, this.#err.noise, this.#out.noise));
    try {
      this.#stderr.end();
      this.#end(this.#result(this.#exit));
    } catch (cause) {
      this.#end(cause as Error);
    }
  }

  #result({ code: exitCode, signal }: { readonly code: number | null; readonly signal: string | null }): ShellResult | GpuhostError {
    const all = Buffer.concat(this.#stdout);
    const end = all.lastIndexOf(this.framing.closing);
    if (end < 0 && signal === null) return this.errors.incomplete(exitCode, all.length);
    return { exitCode, signal, stdout: end < 0 ? all : all.subarray(0, end), stderr: this.#stderr.text };
  }

  #late(): void {
    if (this.#phase === "opening") return this.#stale(this.limits.deadlineSeconds);
    this.#end(this.errors.late(this.#phase, this.limits.deadlineSeconds, this.#exit !== undefined, this.#stderr.text || this.#err.noise));
  }

  /** A connection on which no channel can be opened is of no use to the next command either. */
  #stale(seconds: number): void {
    if (this.#phase !== "opening") return;
    this.connection.abandon(`it opened no session within ${seconds} s`);
    this.#end(this.errors.notOpened(`it opened no session within ${seconds} s`));
  }

  #end(result: ShellResult | Error): void {
    const settle = this.#settle;
    if (settle === undefined) return;
    this.#settle = undefined;
    // No signal is sent: sshd passes none on to root's processes or to those of sudo. Closing ends what still writes.
    if (result instanceof Error) this.#channel?.close();
    settle(result);
  }

  get #maximum(): number {
    return this.limits.maximumBytes ?? defaultMaximumBytes;
  }
}
