import { execFileSync } from "node:child_process";
import { existsSync, lstatSync, mkdirSync, readdirSync, readFileSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { basename, dirname, join, relative } from "node:path";

/** The file tree of one simulated host. Paths are as on the host: absolute, without the folder that stands for its root. */
export class Files {
  constructor(readonly root: string) {}

  at(path: string): string {
    return join(this.root, path);
  }

  exists(path: string): boolean {
    return existsSync(this.at(path));
  }

  /** Names in a folder; none for one that is not there. */
  list(path: string): string[] {
    return this.exists(path) ? readdirSync(this.at(path)).sort() : [];
  }

  /** Text without its last newline; "" for a file that is not there. */
  read(path: string): string {
    return this.exists(path) ? readFileSync(this.at(path), "utf8").replace(/\n$/, "") : "";
  }

  /** Writes text with a newline at its end (none for ""), or bytes as they are. */
  write(path: string, content: string | Buffer, mode = 0o644): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    const whole = typeof content === "string" && content !== "" ? `${content}\n` : content;
    writeFileSync(this.at(path), whole, { mode });
  }

  folder(path: string): void {
    mkdirSync(this.at(path), { recursive: true });
  }

  remove(path: string): void {
    rmSync(this.at(path), { recursive: true, force: true });
  }

  /** A relative link, as sysfs makes them. */
  link(path: string, target: string): void {
    this.remove(path);
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(relative(dirname(path), target), this.at(path));
  }

  /** Last part of a link's target; undefined where there is no link. */
  linkName(path: string): string | undefined {
    return lstatSync(this.at(path), { throwIfNoEntry: false })?.isSymbolicLink() ? basename(readlinkSync(this.at(path))) : undefined;
  }

  /** Named pipes: Node cannot make them itself. */
  pipes(paths: readonly string[]): void {
    for (const path of paths) mkdirSync(dirname(this.at(path)), { recursive: true });
    if (paths.length > 0) execFileSync("mkfifo", ["-m", "0600", ...paths.map((path) => this.at(path))]);
  }
}
