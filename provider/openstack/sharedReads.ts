interface Round<T> {
  running: Promise<T>;
  next?: Promise<T>;
}

/**
 * One read for all who ask the same at about the same time, and never one that began before it was asked for: who asks while one is
 * under way shares the next one. So what a caller did before it asked is in what it gets.
 */
export class SharedReads<T> {
  readonly #rounds = new Map<string, Round<T>>();

  read(key: string, begin: () => Promise<T>): Promise<T> {
    const round = this.#rounds.get(key);
    if (round === undefined) return this.#begin(key, begin);
    const after = (): Promise<T> => this.#begin(key, begin);
    round.next ??= round.running.then(after, after);
    return round.next;
  }

  #begin(key: string, begin: () => Promise<T>): Promise<T> {
    const round: Round<T> = { running: begin() };
    this.#rounds.set(key, round);
    const end = (): void => {
      if (this.#rounds.get(key) === round && round.next === undefined) this.#rounds.delete(key);
    };
    round.running.then(end, end);
    return round.running;
  }
}
