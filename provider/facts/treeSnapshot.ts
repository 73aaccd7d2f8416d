import { absent, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";

/** A Snapshot held in memory: filled once, by the stream of the reading script or by a test, and then only read. */
export class TreeSnapshot implements Snapshot {
  readonly texts = new Map<string, string>();
  readonly binaries = new Map<string, Uint8Array>();
  readonly links = new Map<string, string>();
  readonly directories = new Map<string, Set<string>>();
  readonly answers = new Map<string, string>();
  readonly failures = new Map<string, string>();

  text(path: string): Reading<string> {
    return this.#reading(this.texts, path);
  }

  bytes(path: string): Reading<Uint8Array> {
    return this.#reading(this.binaries, path);
  }

  link(path: string): Reading<string> {
    return this.#reading(this.links, path);
  }

  list(directory: string): Reading<readonly string[]> {
    const names = this.directories.get(directory);
    return names === undefined ? this.#failure(directory) : value([...names].sort());
  }

  answer(name: string): Reading<string> {
    const text = this.answers.get(name);
    return text === undefined ? absent : value(text);
  }

  addText(path: string, text: string): this {
    this.texts.set(path, text);
    return this.addPath(path);
  }

  addBytes(path: string, bytes: Uint8Array): this {
    this.binaries.set(path, bytes);
    return this.addPath(path);
  }

  addLink(path: string, target: string): this {
    this.links.set(path, target);
    return this.addPath(path);
  }

  addDirectory(path: string): this {
    if (this.directories.has(path)) return this;
    this.directories.set(path, new Set());
    return this.addPath(path);
  }

  /** Something that is there: it shows in the listing of the directory it lies in, and that one in its own. */
  addPath(path: string): this {
    if (path.length <= 1) return this;
    const slash = path.lastIndexOf("/");
    const parent = slash <= 0 ? "/" : path.slice(0, slash);
    // A directory that is known shows in the one above it already.
    if (!this.directories.has(parent)) this.addDirectory(parent);
    this.directories.get(parent)?.add(path.slice(slash + 1));
    return this;
  }

  addFailure(path: string, reason: string): this {
    this.failures.set(path, reason);
    return this;
  }

  addAnswer(name: string, text: string): this {
    this.answers.set(name, text);
    return this;
  }

  #reading<T>(of: ReadonlyMap<string, T>, path: string): Reading<T> {
    const found = of.get(path);
    return found === undefined ? this.#failure(path) : value(found);
  }

  /** Unreadable when the path itself, or a directory above it, could not be read; else absent. */
  #failure(path: string): Reading<never> {
    // Most hosts hide nothing, and most attributes of most functions are absent.
    if (this.failures.size === 0) return absent;
    for (let at = path; at.length > 1; at = at.slice(0, at.lastIndexOf("/"))) {
      const reason = this.failures.get(at);
      if (reason !== undefined) return unreadable(reason);
    }
    return absent;
  }
}
