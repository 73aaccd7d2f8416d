import { StringDecoder } from "node:string_decoder";

/** Text that arrives in pieces: all of it, and each whole line as soon as it is whole. The last may lack its line break. */
export class LineText {
  readonly #decoder = new StringDecoder("utf8");
  #text = "";
  #line = "";

  constructor(private readonly onLine: ((line: string) => void) | undefined) {}

  get text(): string {
    return this.#text;
  }

  add(chunk: Buffer): void {
    this.#take(this.#decoder.write(chunk));
  }

  end(): void {
    this.#take(this.#decoder.end());
    if (this.#line !== "") this.onLine?.(this.#line);
    this.#line = "";
  }

  #take(text: string): void {
    this.#text += text;
    if (this.onLine === undefined) return;
    const lines = (this.#line + text).split("\n");
    this.#line = lines.pop() ?? "";
    for (const line of lines) this.onLine(line);
  }
}
