import { MalformedFactError } from "../errors";
import { parseByteSection } from "./streamBytes";
import { TreeSnapshot } from "./treeSnapshot";

/**
 * What the reading script prints (host/probes/00-prelude.sh), as one tree. Sections begin with "== KIND":
 *
 *   == files      paths that were asked for, one a line; a pattern that matched nothing stays a pattern
 *   == lines      what grep -H says of them: "path:line" or "grep: path: reason"
 *   == links      ls -lnd
 *   == names      "D path" a directory, "N path" something in one, "U path" a directory that may not be read
 *   == bytes      paths; then == base64 or == hex with what head -c prints of them
 *   == answer X   lines after a "|"
 *   == end        without it the stream is not whole
 */
export function parseStream(stdout: Uint8Array, host: string): TreeSnapshot {
  const lines = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength).toString("utf8").split("\n");
  const begin = lines.indexOf("== gpuhost-observe 1");
  if (begin < 0) throw new MalformedFactError("malformed-stream", `${host}: the reading script did not start; the host said: ${excerpt(lines)}`, host);
  const end = lines.lastIndexOf("== end");
  if (end < begin) {
    throw new MalformedFactError("truncated-stream", `${host}: the reading was cut short after ${stdout.byteLength} bytes, so nothing of it is used. Run it again.`, host);
  }
  const snapshot = new TreeSnapshot();
  const parser = new SectionParser(snapshot, host);
  for (let at = begin + 1; at < end; at++) parser.line(lines[at] ?? "");
  parser.finish();
  return snapshot;
}

class SectionParser {
  #kind = "";
  #asked: string[] = [];
  #waiting: Map<string, string[]> = new Map();
  #current = "";
  #answer = "";
  #encoded: string[] = [];

  constructor(
    private readonly snapshot: TreeSnapshot,
    private readonly host: string,
  ) {}

  line(line: string): void {
    if (line.startsWith("== ")) return this.#begin(line.slice(3));
    switch (this.#kind) {
      case "files":
      case "bytes":
        this.#asked.push(line);
        return;
      case "lines":
        return this.#textLine(line);
      case "links":
        return this.#link(line);
      case "names":
        return this.#name(line);
      case "base64":
      case "hex":
        this.#encoded.push(line);
        return;
      case "answer":
        if (!line.startsWith("|")) throw this.#malformed(`answer ${this.#answer}`, line);
        this.snapshot.answers.set(this.#answer, [this.snapshot.answers.get(this.#answer), line.slice(1)].filter((part) => part !== undefined).join("\n"));
        return;
      default:
        throw this.#malformed("the stream", line);
    }
  }

  finish(): void {
    this.#begin("");
    // A recording says in an answer what its host did not let us read: "PATH: REASON".
    for (const line of (this.snapshot.answers.get("unreadable") ?? "").split("\n")) {
      const at = line.lastIndexOf(": ");
      if (at > 0) this.snapshot.addFailure(line.slice(0, at), line.slice(at + 2));
    }
    this.snapshot.answers.delete("unreadable");
  }

  #begin(header: string): void {
    if (this.#kind === "lines") this.#finishTexts();
    if (this.#kind === "base64" || this.#kind === "hex") this.#finishBytes();
    if (this.#kind === "answer" && !this.snapshot.answers.has(this.#answer)) this.snapshot.answers.set(this.#answer, "");
    const [kind = "", name = ""] = header.split(" ");
    this.#kind = kind;
    this.#answer = name;
    if (kind === "files" || kind === "bytes") this.#asked = [];
    if (kind === "lines") this.#waiting = new Map(this.#asked.map((path) => [path, []]));
    if (kind === "base64" || kind === "hex") this.#encoded = [];
  }

  /** "path:line". Paths hold colons (PCI addresses), so the path is the one that was asked for. */
  #textLine(line: string): void {
    if (line.startsWith(`${this.#current}:`)) {
      this.#waiting.get(this.#current)?.push(line.slice(this.#current.length + 1));
      return;
    }
    for (let colon = line.indexOf(":"); colon >= 0; colon = line.indexOf(":", colon + 1)) {
      const path = line.slice(0, colon);
      const texts = this.#waiting.get(path);
      if (texts !== undefined) {
        this.#current = path;
        texts.push(line.slice(colon + 1));
        return;
      }
    }
    this.#complaint(line);
  }

  #complaint(line: string): void {
    const match = /^grep: (.*): ([^:]*)$/.exec(line);
    const path = match?.[1] ?? "";
    if (match === null || !this.#waiting.has(path)) throw this.#malformed("a file", line);
    this.#waiting.delete(path);
    if (!/No such file or directory|No such device|Not a directory/.test(match[2] ?? "") && !path.includes("*")) {
      this.snapshot.addPath(`/${path}`).addFailure(`/${path}`, match[2] ?? "");
    }
  }

  #finishTexts(): void {
    for (const [path, texts] of this.#waiting) this.snapshot.addText(`/${path}`, texts.join("\n"));
    this.#waiting = new Map();
    this.#current = "";
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

  #finishBytes(): void {
    const read = parseByteSection(this.#asked, this.#encoded, this.#kind === "hex" ? "hex" : "base64");
    for (const path of this.#asked) {
      const bytes = read.get(path);
      if (bytes !== undefined) this.snapshot.addBytes(`/${path}`, bytes);
      else if (!path.includes("*")) this.snapshot.addPath(`/${path}`).addFailure(`/${path}`, "could not be read");
    }
  }

  #malformed(what: string, line: string): MalformedFactError {
    return new MalformedFactError("malformed-stream", `${this.host}: the reading of ${what} has a line that no tool documents: ${JSON.stringify(line.slice(0, 200))}`, this.host);
  }
}

function excerpt(lines: readonly string[]): string {
  const text = lines.join(" ").trim();
  return text === "" ? "nothing" : JSON.stringify(text.slice(0, 200));
}
