import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { shellWord } from "../../../provider/host/ssh/quote";
import { Screen } from "./screen";

/** Debian's own (bsdutils, which no installation is without). */
const tool = "script";

export interface TerminalOptions {
  readonly cwd: string;
  readonly env: Readonly<Record<string, string>>;
  readonly rows: number;
  readonly columns: number;
}

/** A command on a real pseudo-terminal, a person's hands at its keyboard, and what that person sees. */
export class Terminal {
  readonly screen: Screen;
  /** Exit status of the command. */
  readonly ended: Promise<number | null>;
  private over = false;
  private readonly folder = mkdtempSync(join(tmpdir(), "gpuhost-terminal-"));
  private readonly child: ChildProcess;
  private readonly watchers = new Set<() => void>();

  constructor(command: readonly string[], { cwd, env, rows, columns }: TerminalOptions) {
    this.screen = new Screen(rows, columns);
    const inside = `tty >${shellWord(this.line)}; stty rows ${rows} cols ${columns}; exec ${command.map(shellWord).join(" ")}`;
    this.child = spawn(tool, ["--quiet", "--flush", "--return", "--command", inside, "/dev/null"], { cwd, env: { ...env, TERM: "xterm-256color", SHELL: "/bin/sh" }, stdio: ["pipe", "pipe", "pipe"] });
    for (const stream of [this.child.stdout, this.child.stderr]) stream?.setEncoding("utf8").on("data", (text: string) => { this.screen.write(text); this.wake(); });
    this.ended = new Promise((resolve, reject) => {
      this.child.on("error", (error: NodeJS.ErrnoException) => reject(error.code === "ENOENT" ? new Error(`no \`${tool}\` on PATH: tests on a terminal need it (Debian: apt-get install bsdutils)`) : error));
      this.child.on("close", resolve);
    });
    void this.ended.catch(() => undefined).finally(() => {
      this.over = true;
      this.wake();
      rmSync(this.folder, { recursive: true, force: true });
    });
  }

  private get line(): string {
    return join(this.folder, "tty");
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  type(text: string): void {
    this.child.stdin?.write(text);
  }

  /** Another size of the window, of which the kernel tells whoever is in front. */
  resize(rows: number, columns: number): void {
    if (!existsSync(this.line)) throw new Error("the terminal has not begun");
    this.screen.resize(rows, columns);
    execFileSync("stty", ["-F", readFileSync(this.line, "utf8").trim(), "rows", String(rows), "cols", String(columns)]);
  }

  /** Resolves once everything that was ever to be seen holds `pattern`; rejects with it when the command ends without. */
  async shows(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const found = pattern.test(this.screen.said);
        if (!found && !this.over) return;
        this.watchers.delete(look);
        if (found) resolve();
        else this.ended.then(() => reject(new Error(`the command ended without showing ${pattern}:\n${this.screen.text}`)), reject);
      };
      this.watchers.add(look);
      look();
    });
  }

  /** Takes the terminal away, as closing its window does: whoever is on it is told by the kernel. */
  close(): void {
    if (!this.over) this.child.kill("SIGKILL");
  }
}
