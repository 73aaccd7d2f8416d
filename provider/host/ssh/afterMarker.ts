/** How much of what comes before the marker is kept for messages: sudo's refusal is a line or two. */
const keptNoise = 16 * 1024;

/** One output stream of a command: what follows the marker line counts, what precedes it is kept only for messages. */
export class AfterMarker {
  readonly #marker: Buffer;
  #before: Buffer | undefined = Buffer.alloc(0);
  #noise = "";

  constructor(marker: string) {
    this.#marker = Buffer.from(`${marker}\n`);
  }

  get found(): boolean {
    return this.#before === undefined;
  }

  /** What came before the marker: login noise, or why there is no marker. The last 16 KiB of it. */
  get noise(): string {
    return this.#before === undefined ? this.#noise : this.#before.toString("utf8");
  }

  /** The part of `chunk` that follows the marker; empty until it was seen. */
  feed(chunk: Buffer): Buffer {
    if (this.#before === undefined) return chunk;
    const all = Buffer.concat([this.#before, chunk]);
    const at = all.indexOf(this.#marker);
    if (at < 0) {
      this.#before = all.subarray(Math.max(0, all.length - keptNoise));
      return Buffer.alloc(0);
    }
    this.#noise = all.subarray(Math.max(0, at - keptNoise), at).toString("utf8");
    this.#before = undefined;
    return all.subarray(at + this.#marker.length);
  }
}
