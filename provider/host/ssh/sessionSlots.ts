/** sshd's default MaxSessions is 10; the rest is left to others on the same connection. */
const mostAtOnce = 8;
/** A refused session is asked for again so often, and so long after: sshd frees one a moment after saying it ended. */
const mostTries = 50;
const pauseMilliseconds = 100;

/** Lets so many commands run on a connection at once as the server has sessions for; the others wait in line. */
export class SessionSlots {
  #limit = mostAtOnce;
  #used = 0;
  #served = false;
  readonly #waiting: (() => void)[] = [];

  /** Runs `work`, and again if `refused` says that the server, which did give sessions before, had none left for it. */
  async use<T>(work: () => Promise<T>, refused: (cause: unknown) => boolean): Promise<T> {
    for (let tries = 1; ; tries++) {
      while (this.#used >= this.#limit) await new Promise<void>((resolve) => this.#waiting.push(resolve));
      this.#used++;
      try {
        const result = await work();
        this.#served = true;
        return result;
      } catch (cause) {
        const others = this.#used > 1;
        if (!refused(cause) || tries >= mostTries || !(others || this.#served)) throw cause;
        if (others) this.#limit = Math.max(1, Math.min(this.#limit, this.#used) - 1);
        else await new Promise((resolve) => setTimeout(resolve, pauseMilliseconds));
      } finally {
        this.#used--;
        this.#waiting.shift()?.();
      }
    }
  }
}
