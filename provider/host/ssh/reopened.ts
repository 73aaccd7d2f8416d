/** Something that is opened when first wanted and again when it was lost; whoever wants it meanwhile waits for the same one. */
export class Reopened<T extends { readonly lost: string | undefined }> {
  #current: Promise<T> | undefined;

  constructor(private readonly open: () => Promise<T>) {}

  async get(): Promise<T> {
    const before = this.#current;
    const standing = await before?.catch(() => undefined);
    if (standing !== undefined && standing.lost === undefined) return standing;
    if (this.#current === before) this.#current = this.open();
    return this.#current as Promise<T>;
  }

  /** Forgets what is open and hands it over; `undefined` when nothing is. */
  async take(): Promise<T | undefined> {
    const current = this.#current;
    this.#current = undefined;
    return current?.catch(() => undefined);
  }
}
