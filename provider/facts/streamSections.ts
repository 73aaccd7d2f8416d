import { MalformedFactError } from "../errors";
import { identityTexts } from "./uevent";
import type { TreeSnapshot } from "./treeSnapshot";

const answers = "gpuhost/answers/";

/** What follows the lines: bytes of these files, and the number that ends them. */
export interface Raw {
  readonly asked: readonly string[];
  readonly number: string;
}

/** Fills a snapshot with the lines of the stream, section by section (stream.ts says what there are). */
export class StreamSections {
  #kind = "";
  /** Directory below which the names of this section lie, with a slash at its end; "" for the root. */
  #below = "";
  #asked: string[] = [];
  /** Text of each file that was asked for, as far as it came; undefined: nothing came. */
  readonly #waiting = new Map<string, string | undefined>();
  /** Files that were asked for more than once, and how often: each time they come whole. */
  readonly #again = new Map<string, number>();
  #current = "";
  #answer = "";
  #answered: string[] = [];
  #raw: Raw = { asked: [], number: "" };

  constructor(
    private readonly snapshot: TreeSnapshot,
    private readonly host: string,
  ) {}

  line(line: string): void {
    if (line.startsWith("== ")) return this.#begin(line.slice(3));
    switch (this.#kind) {
      case "files":
      case "each":
      case "uevents":
      case "raw":
        this.#asked.push(line);
        return;
      case "lines":
        return this.#textLine(line);
      case "links":
        return this.#link(line);
      case "names":
        return this.#name(line);
      case "answer":
        if (!line.startsWith("|")) throw this.#malformed(`answer ${this.#answer}`, line);
        this.#answered.push(line.slice(1));
        return;
      default:
        throw this.#malformed("the stream", line);
    }
  }

  /** Ends the last section. */
  finish(): Raw {
    this.#begin("");
    // A recording says in an answer what its host did not let us read: "PATH: REASON".
    for (const line of (this.snapshot.answers.get("unreadable") ?? "").split("\n")) {
      const at = line.lastIndexOf(": ");
      if (at > 0) this.snapshot.addFailure(line.slice(0, at), line.slice(at + 2));
    }
    this.snapshot.answers.delete("unreadable");
    return this.#raw;
  }

  #begin(header: string): void {
    if (this.#kind === "lines") this.#finishTexts();
    if (this.#kind === "uevents") this.#finishEvents();
    if (this.#kind === "raw") this.#raw = { asked: this.#asked, number: this.#answer };
    if (this.#kind === "answer") this.#finishAnswer();
    const [kind = "", name = ""] = header.split(" ");
    if (kind === "lines") this.#await();
    else this.#below = kind === "each" || kind === "uevents" ? `${name}/` : "";
    this.#asked = [];
    this.#kind = kind;
    this.#answer = name;
  }

  #await(): void {
    if (this.#kind !== "each") {
      for (const path of this.#asked) {
        if (this.#waiting.has(path)) this.#again.set(path, (this.#again.get(path) ?? 1) + 1);
        this.#waiting.set(path, undefined);
      }
      return;
    }
    const attributes = (this.#asked.shift() ?? "").split(" ");
    for (const name of this.#asked) {
      this.snapshot.addDirectory(`/${this.#below}${name}`);
      for (const attribute of attributes) this.#waiting.set(`${name}/${attribute}`, undefined);
    }
  }

  /** "path:line". Paths hold colons (PCI addresses), so the path is the one that was asked for. */
  #textLine(line: string): void {
    if (this.#current !== "" && line.startsWith(this.#current)) return this.#more(this.#current.slice(0, -1), line.slice(this.#current.length));
    // Attributes have no colons in their names; addresses before the last slash have.
    const first = line.indexOf(":", this.#below === "" ? 0 : line.indexOf("/"));
    for (let colon = first; colon >= 0; colon = line.indexOf(":", colon + 1)) {
      const path = line.slice(0, colon);
      if (!this.#waiting.has(path)) continue;
      this.#current = `${path}:`;
      return this.#more(path, line.slice(colon + 1));
    }
    this.#complaint(line);
  }

  #more(path: string, text: string): void {
    const before = this.#waiting.get(path);
    this.#waiting.set(path, before === undefined ? text : `${before}\n${text}`);
  }

  #complaint(line: string): void {
    const match = /^grep: (.*): ([^:]*)$/.exec(line);
    const [, path = "", reason = ""] = match ?? [];
    if (match === null || !(this.#waiting.delete(path) || this.#again.has(path))) throw this.#malformed("a file", line);
    if (!/No such file or directory|No such device|Not a directory/.test(reason) && !path.includes("*")) {
      this.snapshot.addPath(`/${this.#below}${path}`).addFailure(`/${this.#below}${path}`, reason);
    }
  }

  #finishTexts(): void {
    for (const [path, all = ""] of this.#waiting) {
      const text = this.#once(path, all);
      if (this.#below === "" && path.startsWith(answers)) this.snapshot.addAnswer(path.slice(answers.length), text);
      else this.snapshot.addText(`/${this.#below}${path}`, text);
    }
    this.#waiting.clear();
    this.#again.clear();
    this.#current = "";
  }

  #once(path: string, text: string): string {
    const times = this.#again.get(path);
    if (times === undefined || text === "") return text;
    const lines = text.split("\n");
    return lines.slice(0, Math.ceil(lines.length / times)).join("\n");
  }

  #finishEvents(): void {
    for (const [path, text] of identityTexts(this.#asked, (line) => this.#malformed("a uevent", line))) this.snapshot.addText(`/${this.#below}${path}`, text);
  }

  #finishAnswer(): void {
    const before = this.snapshot.answers.get(this.#answer);
    const lines = before === undefined ? this.#answered : [before, ...this.#answered];
    this.snapshot.addAnswer(this.#answer, lines.join("\n"));
    this.#answered = [];
  }

  #link(line: string): void {
    if (!line.startsWith("l")) return;
    const match = /^l\S+\s+\d+\s+\S+\s+\S+\s+\d+\s+\w+\s+\d+\s+[\d:]+ (.*?) -> (.*)$/.exec(line);
    if (match === null) throw this.#malformed("a link", line);
    this.snapshot.addLink(`/${match[1]}`, match[2] ?? "");
  }

  #name(line: string): void {
    const path = `/${line.slice(2)}`;
    if (path.endsWith("/*") || path.includes("/*/")) return;
    if (line.startsWith("D ")) this.snapshot.addDirectory(path);
    else if (line.startsWith("N ")) this.snapshot.addPath(path);
    else if (line.startsWith("U ")) this.snapshot.addFailure(path, "Permission denied");
    else throw this.#malformed("a directory", line);
  }

  #malformed(what: string, line: string): MalformedFactError {
    return new MalformedFactError("malformed-stream", `${this.host}: the reading of ${what} has a line that no tool documents: ${JSON.stringify(line.slice(0, 200))}`, this.host);
  }
}
