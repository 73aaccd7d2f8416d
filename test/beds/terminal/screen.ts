/** What a terminal of this size shows: the orders that xterm knows and that commands of this package, Node's readline and the engine give. */
export class Screen {
  /** Everything that was written, without orders: what was drawn over too. */
  said = "";
  isCursorHidden = false;
  /** Orders for colors so far. */
  colors = 0;
  /** Orders that are not known here. */
  readonly unknown = new Set<string>();
  private readonly gone: string[] = [];
  private lines: string[] = [""];
  private row = 0;
  private column = 0;
  private rest = "";

  constructor(private rows: number, private columns: number) {}

  /** As xterm does it: nothing is wrapped anew, and what no longer fits is cut off. */
  resize(rows: number, columns: number): void {
    [this.rows, this.columns] = [rows, columns];
    this.lines = this.lines.map((line) => line.slice(0, columns));
    this.column = Math.min(this.column, columns - 1);
    while (this.lines.length > rows && this.row > 0) this.scroll();
  }

  write(text: string): void {
    const all = this.rest + text;
    const whole = all.replace(/\u001b(?:\[[\d;?]*)?$/, "");
    this.rest = all.slice(whole.length);
    for (const [order, numbers, letter, one] of whole.matchAll(/\u001b\[([\d;?]*)([a-zA-Z])|([\s\S])/gu)) {
      if (letter !== undefined) this.order(letter, numbers ?? "", order);
      else if (one !== undefined) this.put(one);
    }
  }

  private put(one: string): void {
    if (one === "\r") this.column = 0;
    else if (one === "\b") this.column = Math.max(0, this.column - 1);
    else if (one === "\n") this.down();
    else if (one >= " ") {
      // The last column is left only with the next character.
      if (this.column >= this.columns) { this.down(); this.column = 0; }
      const line = (this.lines[this.row] ?? "").padEnd(this.column);
      this.lines[this.row] = line.slice(0, this.column) + one + line.slice(this.column + 1);
      this.column += 1;
    } else if (one !== "\u0007") this.unknown.add(JSON.stringify(one));
    if (one >= " " || one === "\n") this.said += one;
  }

  private down(): void {
    this.row += 1;
    this.lines[this.row] ??= "";
    if (this.row >= this.rows) this.scroll();
  }

  private scroll(): void {
    this.gone.push(this.lines.shift() ?? "");
    this.row -= 1;
  }

  private order(letter: string, numbers: string, order: string): void {
    const count = Number(numbers || 1);
    if (letter === "m") this.colors += 1;
    else if (letter === "A") this.row = Math.max(0, this.row - count);
    else if (letter === "B") this.row = Math.min(this.lines.length - 1, this.row + count);
    else if (letter === "C") this.column = Math.min(this.columns - 1, this.column + count);
    else if (letter === "D") this.column = Math.max(0, this.column - count);
    else if (letter === "G") this.column = count - 1;
    else if (letter === "K" && numbers === "") this.clearLine();
    else if (letter === "J" && (numbers === "" || numbers === "0")) { this.clearLine(); this.lines.length = this.row + 1; }
    else if (numbers === "?25" && (letter === "l" || letter === "h")) this.isCursorHidden = letter === "l";
    else this.unknown.add(JSON.stringify(order));
  }

  private clearLine(): void {
    this.lines[this.row] = (this.lines[this.row] ?? "").slice(0, this.column);
  }

  /** What a person can read: scrolled away and still there, without blanks at the ends of lines. */
  get text(): string {
    return [...this.gone, ...this.lines].map((line) => line.trimEnd()).join("\n");
  }

  /** Only what is in the window. */
  get window(): string {
    return this.lines.map((line) => line.trimEnd()).join("\n");
  }
}
