/** It is looked at so often. */
const lookMilliseconds = 250;

/**
 * Counts down while work goes on, and not between two pieces of it. What passes while this process cannot listen, because it computes, gets no processor or is
 * stopped, counts as one look at most: after a stall its timers come before what the host has long said, and every login under way would be given up.
 * `error` is made when the time is over, so that it can say how far things came.
 */
export class Clock {
  #left: number;

  constructor(seconds: number, private readonly error: () => Error) {
    this.#left = seconds * 1000;
  }

  async during<T>(work: () => Promise<T>): Promise<T> {
    let from = performance.now();
    let timer: NodeJS.Timeout | undefined;
    const count = (): void => {
      const passed = performance.now() - from;
      from += passed;
      this.#left -= passed > 2 * lookMilliseconds ? lookMilliseconds : passed;
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
