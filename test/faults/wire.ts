import { type Server, type Socket, connect, createServer } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

export type Direction = "to the host" | "from the host";

/** What is to happen when so many bytes have passed that way since `expect` was called. */
export interface Trigger {
  readonly direction: Direction;
  readonly bytes: number;
  /** `cut`: exactly that byte is the last one, and every connection breaks. `stall`: from there on nothing passes, and nobody hears of it. */
  readonly does: "cut" | "stall" | (() => void);
  /** Called when a cut or a stall comes about. */
  readonly met?: () => void;
}

/** The network between one operator and one host: a TCP port in front of the host's, at which bytes are counted, delayed and lost. */
export class Wire {
  readonly passed: Record<Direction, number> = { "to the host": 0, "from the host": 0 };
  /** Milliseconds that each piece of a stream is late. */
  delay = 0;
  private triggers: Trigger[] = [];
  private readonly pairs = new Set<readonly [Socket, Socket]>();
  private listener: Server | undefined;
  private portNumber = 0;

  constructor(readonly address: string, private readonly host: { readonly address: string; readonly port: number }) {}

  get port(): number {
    return this.portNumber;
  }

  async open(): Promise<this> {
    if (this.listener !== undefined) return this;
    const listener = createServer((near) => this.serve(near));
    await new Promise<void>((resolve, reject) => listener.once("error", reject).listen(this.portNumber, this.address, resolve));
    const bound = listener.address();
    if (bound !== null && typeof bound === "object") this.portNumber = bound.port;
    this.listener = listener;
    return this;
  }

  /** Connections break, and new ones are refused until `open`. */
  async close(): Promise<void> {
    const { listener } = this;
    this.listener = undefined;
    this.cut();
    if (listener !== undefined) await new Promise<void>((resolve) => void listener.close(() => resolve()));
  }

  /** Counts from now on, towards these. */
  expect(triggers: readonly Trigger[]): void {
    for (const direction of ["to the host", "from the host"] as const) this.passed[direction] = 0;
    this.triggers = [...triggers];
  }

  cut(): void {
    for (const pair of this.pairs) for (const socket of pair) socket.destroy();
  }

  private serve(near: Socket): void {
    const far = connect(this.host.port, this.host.address);
    const pair = [near, far] as const;
    this.pairs.add(pair);
    const state = { stalled: false };
    for (const socket of pair) {
      socket.setNoDelay(true);
      socket.on("error", () => undefined);
      socket.on("close", () => {
        this.pairs.delete(pair);
        // Of a connection that stalled nobody hears the end either.
        if (!state.stalled || socket === near) for (const other of pair) other.destroy();
      });
    }
    this.pump(near, far, "to the host", state);
    this.pump(far, near, "from the host", state);
  }

  private pump(from: Socket, to: Socket, direction: Direction, state: { stalled: boolean }): void {
    let queue = Promise.resolve();
    from.on("data", (piece: Buffer) => {
      if (this.delay > 0) queue = queue.then(() => sleep(this.delay)).then(() => this.pass(piece, to, direction, state));
      else this.pass(piece, to, direction, state);
    });
    from.on("end", () => void (queue = queue.then(() => void (state.stalled || to.end()))));
  }

  private pass(piece: Buffer, to: Socket, direction: Direction, state: { stalled: boolean }): void {
    if (state.stalled || to.destroyed) return;
    const due = this.triggers.filter((each) => each.direction === direction && each.bytes <= this.passed[direction] + piece.length);
    this.triggers = this.triggers.filter((each) => !due.includes(each));
    const breaks = due.find(({ does }) => typeof does === "string");
    const whole = breaks === undefined ? piece : piece.subarray(0, Math.max(0, breaks.bytes - this.passed[direction]));
    this.passed[direction] += whole.length;
    breaks?.met?.();
    if (breaks?.does === "stall") state.stalled = true;
    to.write(whole, () => breaks?.does === "cut" && this.cut());
    for (const { does } of due) if (typeof does === "function") does();
  }
}
