/** It is looked at so often. */
const lookMilliseconds = 250;

/**
 * Counts down while work goes on, and not between two pieces of it. What passes while this process cannot listen, because it computes, gets no processor or is
 * stopped, counts little: after a stall its timers come before what the host has long said, and every login under way would be given up.
 * `error` is made when the time is over, so that it can say how far things came.
 */
export class Clock {
  #left: number;
  readonly #all: number;

  constructor(seconds: number, private readonly error: () => Error) {
    this.#left = this.#all = seconds * 1000;
  }

  /** Short stalls, one after the other, count by a quarter, so that a host that is dead costs four times its deadline at most. */
  #counted(passed: number): number {
    if (passed <= 2 * lookMilliseconds) return passed;
    return passed > this.#all ? lookMilliseconds : Math.max(lookMilliseconds, passed / 4);
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    let from = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const count = (): void => {
      const passed = performance.now() - from;
      from += passed;
      this.#left -= this.#counted(passed);
    };
    const expired = new Promise<never>((_resolve, reject) => {
      const look = (): void => {
        count();
        if (this.#left <= 0) reject(this.error());
        else timer = setTimeout(look, Math.min(lookMilliseconds, this.#left));
      };
      look();
    });
    try {
      return await Promise.race([work(), expired]);
    } finally {
      clearTimeout(timer);
      count();
    }
  }
}
