import { createInterface } from "node:readline/promises";
import { setTimeout as sleep } from "node:timers/promises";
import type { Decision } from "../rollout/decision";
import type { Watcher } from "../rollout/drive";
import { beginsLine, changeLine, counts, cut, progressTable, remaining } from "../rollout/progress";
import type { Change, View } from "../rollout/view";
import type { Leaving } from "./leaving";

type Wave = Extract<Decision, { next: "wave" }>;

export interface ScreenOptions {
  readonly out: NodeJS.WriteStream;
  readonly input: NodeJS.ReadStream;
  readonly yes: boolean;
  readonly leaving: Leaving;
}

/** Redrawn no more often than this, in milliseconds. */
const redraw = 200;
const most = 20;

/** What people see of a rollout: a table that is drawn again on a terminal, and elsewhere a line for each change of a host's state. */
export class RolloutScreen implements Watcher {
  readonly isTerminal: boolean;
  private wave: Wave | undefined;
  private drawn: readonly string[] = [];
  private drawnAt = 0;

  constructor(private readonly options: ScreenOptions) {
    this.isTerminal = options.out.isTTY === true;
  }

  get leaving(): boolean {
    return this.options.leaving.isAsked;
  }

  begins(view: View, wave: Wave): void {
    this.wave = wave;
    this.say(`carrying out: ${beginsLine(wave)}`);
    if (this.isTerminal) this.draw(view);
  }

  /** A preview speaks for itself. */
  changed(view: View, change: Change): void {
    if (this.wave === undefined) return;
    if (!this.isTerminal || "trouble" in change) {
      const line = changeLine(change);
      if (line !== undefined) this.say(line);
    }
    if (this.isTerminal && ("trouble" in change || Date.now() - this.drawnAt >= redraw)) this.draw(view);
  }

  ended(view: View): void {
    if (this.isTerminal) this.draw(view);
    else this.say(`after this wave: ${counts(view)}`);
    this.drawn = [];
    this.wave = undefined;
  }

  async agrees(wave: Wave): Promise<true | string> {
    const what = beginsLine(wave);
    if (this.options.yes) return true;
    if (this.options.input.isTTY !== true || !this.isTerminal) return `nobody is here to say yes to ${what}; pass --yes, or run this on a terminal`;
    await this.forgetTyped();
    if (this.leaving) return "";
    this.options.out.write("\n");
    const asking = createInterface({ input: this.options.input, output: this.options.out });
    // A line that is being read takes Ctrl-C for itself.
    const ended = new Promise<string>((resolve) => {
      asking.once("SIGINT", () => { this.options.leaving.ask(); resolve(""); });
      asking.once("close", () => resolve(""));
    });
    const answer = await Promise.race([asking.question(`Carry out what this preview shows on ${what}? Only "yes" does it: `), ended]);
    asking.close();
    return answer.trim() === "yes" ? true : `nobody said yes to ${what}`;
  }

  /** What was typed before a question was there is no answer to it: a yes is for a preview that was seen. */
  private async forgetTyped(): Promise<void> {
    const { input, leaving } = this.options;
    const drop = (typed: Buffer | string): void => { if (typed.includes("\u0003")) leaving.ask(); };
    // Only so does a terminal hand over a line that was not ended.
    input.setRawMode?.(true);
    input.on("data", drop).resume();
    await sleep(50);
    // By then the input was looked at once, however late the timer was.
    await new Promise((resolve) => setImmediate(resolve));
    input.off("data", drop).pause();
    input.setRawMode?.(false);
  }

  async soaks(until: number, says: string): Promise<void> {
    const at = new Date(until * 1000).toISOString().slice(0, 19);
    if (!this.isTerminal) this.say(`soaks until ${at}Z: ${says} begins then`);
    // The program looks at its own clock, in whole seconds.
    for (let left = until + 1 - Date.now() / 1000; left > 0 && !this.leaving; left = until + 1 - Date.now() / 1000) {
      if (this.isTerminal) this.options.out.write(`\r\u001b[K${cut(`${says} begins in ${remaining(left)} (soaks until ${at}Z; Ctrl-C leaves)`, this.size.columns - 1)}`);
      await this.options.leaving.wait(Math.min(left, this.isTerminal ? 1 : 3600) * 1000);
    }
    if (this.isTerminal) this.options.out.write("\r\u001b[K");
  }

  /** A line in the place of the table, or of a countdown, and of what the terminal itself echoed there. */
  say(line: string): void {
    this.erase();
    this.options.out.write(`${this.isTerminal ? "\r\u001b[K" : ""}${line}\n`);
  }

  private erase(): void {
    const { rows, columns } = this.size;
    // In a window that has become smaller nobody knows on which line a table begins now, so it is left as it is.
    const fits = this.drawn.length < rows && this.drawn.every((line) => line.length < columns);
    if (this.drawn.length > 0 && fits) this.options.out.write(`\r\u001b[${this.drawn.length}A\u001b[J`);
    this.drawn = [];
  }

  /** Of the window; a terminal that does not tell says 0. */
  private get size(): { readonly rows: number; readonly columns: number } {
    const { rows, columns } = this.options.out;
    return { rows: rows || 24, columns: columns || 80 };
  }

  private draw(view: View): void {
    const { rows, columns } = this.size;
    const lines = progressTable(view, this.wave?.hosts ?? [], { rows: Math.min(most, rows - 2), columns: columns - 1 });
    this.erase();
    this.options.out.write(`\r\u001b[K${lines.map((line) => `${line}\n`).join("")}`);
    this.drawn = lines;
    this.drawnAt = Date.now();
  }
}
