import { spawn, type ChildProcess } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";

export interface EngineResult {
  /** null when a signal ended it. */
  readonly exitCode: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** Parent and command line of every process, from /proc; processes that end meanwhile are left out. */
function processes(): { pid: number; parent: number; command: string }[] {
  return readdirSync("/proc").filter((name) => /^\d+$/.test(name)).flatMap((name) => {
    try {
      const parent = Number(readFileSync(`/proc/${name}/stat`, "utf8").replace(/^.*\) \S+ /s, "").split(" ")[0]);
      return [{ pid: Number(name), parent, command: readFileSync(`/proc/${name}/cmdline`, "utf8").replaceAll("\0", " ") }];
    } catch {
      return [];
    }
  });
}

function kill(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // It ended by itself.
  }
}

/** A `pulumi` command on its way, for tests that cut it off in the middle. */
export class Running {
  readonly result: Promise<EngineResult>;
  private stdout = "";
  private stderr = "";
  private ended = false;
  private readonly watchers = new Set<() => void>();
  private readonly child: ChildProcess;

  constructor(command: string, args: readonly string[], options: { cwd: string; env: Record<string, string>; input?: string }) {
    const { input, ...rest } = options;
    this.child = spawn(command, args, { ...rest, stdio: ["pipe", "pipe", "pipe"] });
    this.child.stdin?.end(input ?? "");
    this.child.stdout?.setEncoding("utf8").on("data", (text: string) => { this.stdout += text; this.wake(); });
    this.child.stderr?.setEncoding("utf8").on("data", (text: string) => { this.stderr += text; this.wake(); });
    this.result = new Promise((resolve, reject) => {
      this.child.on("error", reject);
      const end = (exitCode: number | null): void => {
        this.ended = true;
        this.wake();
        resolve({ exitCode, stdout: this.stdout, stderr: this.stderr });
      };
      this.child.on("close", end);
      // A provider that outlives its engine keeps the pipes open, and "close" would wait for it.
      this.child.on("exit", (exitCode) => setTimeout(end, 5000, exitCode).unref());
    });
    // A test that only waits for a line never looks at the result; a failed spawn is then reported by the wait.
    this.result.catch(() => { this.ended = true; this.wake(); });
  }

  private wake(): void {
    for (const watcher of this.watchers) watcher();
  }

  /** Everything said so far, both streams. */
  get output(): string {
    return this.stdout + this.stderr;
  }

  /** Resolves when the output holds `pattern`; rejects with the output when the command ends without it. */
  async says(pattern: RegExp): Promise<void> {
    await new Promise<void>((resolve, reject) => {
      const look = (): void => {
        const found = pattern.test(this.output);
        if (!found && !this.ended) return;
        this.watchers.delete(look);
        if (found) resolve();
        else reject(new Error(`pulumi ended without saying ${pattern}:\n${this.output}`));
      };
      this.watchers.add(look);
      look();
    });
  }

  /** The engine's own processes below it: language host, program, providers. */
  private descendants(): { pid: number; command: string }[] {
    const all = processes();
    const below = (pid: number): { pid: number; command: string }[] =>
      all.filter((one) => one.parent === pid).flatMap((one) => [one, ...below(one.pid)]);
    return this.child.pid === undefined ? [] : below(this.child.pid);
  }

  /** Kills the dynamic provider's process, as the kernel does when memory runs out. Returns how many were killed. */
  killProvider(): number {
    const providers = this.descendants().filter((one) => one.command.includes("dynamic-provider"));
    for (const { pid } of providers) kill(pid);
    return providers.length;
  }

  /** Kills the engine and everything it started at once, as a power cut of the operator's machine does. */
  async killEngine(): Promise<EngineResult> {
    const below = this.descendants();
    this.child.kill("SIGKILL");
    for (const { pid } of below) kill(pid);
    return this.result;
  }

  /** Ctrl-C: once asks the engine to stop after what is in flight, twice stops it at once. */
  interrupt(): void {
    this.child.kill("SIGINT");
  }
}

/** Waits for a condition on this machine (a file a provider wrote); gives up after `seconds` and says what it waited for. */
export async function until(condition: () => boolean, what: string, seconds = 240): Promise<void> {
  const end = Date.now() + seconds * 1000;
  while (!condition()) {
    if (Date.now() > end) throw new Error(`waited ${seconds} s in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
