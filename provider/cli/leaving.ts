const signals = ["SIGINT", "SIGTERM"] as const;

/** Somebody asks this process to stop. What is under way on hosts is brought to its end; nothing new begins. */
export class Leaving {
  private readonly controller = new AbortController();
  private readonly waiting = new Set<() => void>();
  private asked = false;

  /** `isTerminal`: Ctrl-C on a terminal reaches every process there by itself, the engine too, and told twice it would end at once. */
  constructor(private readonly isTerminal: boolean, private readonly say: (line: string) => void) {
    for (const signal of signals) process.on(signal, this.heard);
  }

  get isAsked(): boolean {
    return this.asked;
  }

  /** Tells the engine. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  private readonly heard = (signal: NodeJS.Signals): void => {
    if (!this.asked) this.say(`gpuhost: asked to stop; nothing new begins, and what was begun on a host comes to its end there${this.isTerminal ? " (Ctrl-C again ends the engine at once)" : ""}`);
    this.ask();
    if (signal !== "SIGINT" || !this.isTerminal) this.controller.abort();
  };

  /** As if it had been told by a signal; the engine is not told. */
  ask(): void {
    this.asked = true;
    for (const wake of this.waiting) wake();
  }

  /** Resolves after so many milliseconds, or as soon as somebody asks to stop. */
  async wait(milliseconds: number): Promise<void> {
    if (this.asked) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, milliseconds);
      this.waiting.add(() => {
        clearTimeout(timer);
        resolve();
      });
    });
    this.waiting.clear();
  }

  close(): void {
    for (const signal of signals) process.off(signal, this.heard);
  }
}
