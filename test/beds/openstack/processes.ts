import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { once } from "node:events";
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Waits for the end of its input, which is the end of the test process however that comes; then ends every group of
 * processes that has a file in pids/, and removes the folder.
 */
const keeperScript = `
cat >/dev/null
for file in "$0"/pids/*; do [ ! -e "$file" ] || kill -s KILL -- "-$(cat "$file")"; done 2>/dev/null
for attempt in 1 2 3 4 5 6 7 8 9 10; do rm -rf "$0" 2>/dev/null && break; sleep 0.2; done
`;

/** Named processes with a folder of their own: a log for each, and nobody outlives this process. */
export class Processes {
  private readonly children = new Map<string, ChildProcess>();

  private constructor(
    readonly folder: string,
    private readonly keeper: ChildProcess,
  ) {}

  static keep(folder: string): Processes {
    for (const name of ["pids", "log"]) mkdirSync(join(folder, name));
    // A session of its own: Ctrl-C in a terminal is for the test process only.
    const keeper = spawn("sh", ["-c", keeperScript, folder], { detached: true, stdio: ["pipe", "ignore", "ignore"] });
    keeper.stdin?.on("error", () => undefined);
    return new Processes(folder, keeper);
  }

  /** Starts a process as the leader of a group, which takes its children with it when it is ended. */
  start(name: string, [program, ...args]: readonly string[], env: NodeJS.ProcessEnv = process.env): void {
    if (this.runs(name)) throw new Error(`${name} runs already.`);
    const log = openSync(this.logFile(name), "a");
    const child = spawn(program as string, args, { detached: true, stdio: ["pipe", log, log], env, cwd: this.folder });
    closeSync(log);
    child.stdin?.on("error", () => undefined);
    child.on("error", (error) => writeFileSync(this.logFile(name), `${error.message}\n`, { flag: "a" }));
    if (child.pid === undefined) return;
    writeFileSync(this.pidFile(name), `${child.pid}`);
    this.children.set(name, child);
  }

  runs(name: string): boolean {
    const child = this.children.get(name);
    return child !== undefined && child.exitCode === null && child.signalCode === null;
  }

  pid(name: string): number | undefined {
    return this.runs(name) ? this.children.get(name)?.pid : undefined;
  }

  /** Writes to the input of a process. */
  tell(name: string, text: string): void {
    if (!this.runs(name)) throw new Error(`${name} does not run.`);
    this.children.get(name)?.stdin?.write(text);
  }

  /** What the process has written since the bed began, over all its starts. */
  log(name: string): string {
    return existsSync(this.logFile(name)) ? readFileSync(this.logFile(name), "utf8") : "";
  }

  /** Asks the process to end, and after `graceSeconds` kills what is left of its group; 0 kills at once. */
  async end(name: string, graceSeconds = 5): Promise<void> {
    const child = this.children.get(name);
    if (child === undefined) return;
    if (this.runs(name) && graceSeconds > 0) {
      const gone = once(child, "exit");
      toGroup(child, "SIGTERM");
      const timer = setTimeout(() => toGroup(child, "SIGKILL"), graceSeconds * 1000);
      await gone.finally(() => clearTimeout(timer));
    }
    toGroup(child, "SIGKILL");
    if (this.runs(name)) await once(child, "exit");
    this.children.delete(name);
    rmSync(this.pidFile(name), { force: true });
  }

  /** Kills everything at once and removes the folder. */
  async close(): Promise<void> {
    await Promise.all([...this.children.keys()].map((name) => this.end(name, 0)));
    if (this.keeper.exitCode !== null) return;
    const gone = once(this.keeper, "exit");
    this.keeper.stdin?.end();
    await gone;
  }

  private pidFile(name: string): string {
    return join(this.folder, "pids", name);
  }

  private logFile(name: string): string {
    return join(this.folder, "log", `${name}.log`);
  }
}

function toGroup(child: ChildProcess, name: NodeJS.Signals): void {
  try {
    if (child.pid !== undefined) process.kill(-child.pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}
