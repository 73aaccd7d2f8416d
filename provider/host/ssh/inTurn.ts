/**
 * Handshakes and logins of this process that go on at the same time; the others wait in line. They are work for one thread here and for jump hosts and key agents elsewhere:
 * a thousand at once would all be late, each by the time of all.
 */
export const mostHandshakes = 64;

/** Lets so many pieces of work go on at once; who waits goes in the order of asking. */
export class InTurn {
  #free: number;
  readonly #waiting: (() => void)[] = [];

  constructor(most: number) {
    this.#free = most;
  }

  async do<T>(work: () => Promise<T>): Promise<T> {
    if (this.#free > 0) this.#free--;
    else await new Promise<void>((resolve) => this.#waiting.push(resolve));
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#free++;
      else next();
    }
  }
}

export const handshakes = new InTurn(mostHandshakes);
