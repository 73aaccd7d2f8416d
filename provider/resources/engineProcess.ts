import { execFileSync } from "node:child_process";
import { existsSync, readFileSync, readlinkSync } from "node:fs";
import { resolve } from "node:path";

/** The process whose preview and update belong together: the engine, or this process where the engine is below it. */
export interface EngineProcess {
  readonly pid: number;
  /** When it started, in whatever form the system says it: a process id alone is used again. */
  readonly started: string;
  /** Its command line; [] where this process itself stands in (Automation API with an inline program). */
  readonly arguments: readonly string[];
}

interface Process extends EngineProcess {
  readonly parent: number;
}

function fromProc(pid: number): Process {
  const [, parent, ...rest] = readFileSync(`/proc/${pid}/stat`, "utf8").replace(/^.*\) /s, "").split(" ");
  const command = readFileSync(`/proc/${pid}/cmdline`, "utf8").split("\0").slice(0, -1);
  // Field 22 of proc_pid_stat(5); `parent` is field 4.
  return { pid, parent: Number(parent), started: rest[17] ?? "", arguments: command };
}

function fromPs(pid: number): Process {
  const ask = (field: string): string => execFileSync("ps", ["-o", `${field}=`, "-p", String(pid)], { encoding: "utf8" }).trim();
  return { pid, parent: Number(ask("ppid")), started: ask("lstart"), arguments: ask("args").split(/\s+/) };
}

function look(pid: number): Process | undefined {
  try {
    return existsSync("/proc/self/stat") ? fromProc(pid) : fromPs(pid);
  } catch {
    return undefined;
  }
}

/** The nearest `pulumi` above this process. */
export function engineProcess(): EngineProcess {
  const self = look(process.pid);
  for (let one = look(process.ppid), steps = 0; one !== undefined && one.pid > 1 && steps < 32; one = look(one.parent), steps += 1) {
    if (/(^|[\\/])pulumi(\.exe)?$/.test(one.arguments[0] ?? "")) return one;
  }
  return { pid: process.pid, started: self?.started ?? "", arguments: [] };
}

/** File given with `--plan`, which pins the update by itself; "" where none follows the option. */
export function planFile(of: EngineProcess): string | undefined {
  const at = of.arguments.findIndex((argument) => argument === "--plan" || argument.startsWith("--plan="));
  if (at === -1) return undefined;
  const file = of.arguments[at] === "--plan" ? of.arguments[at + 1] ?? "" : of.arguments[at]?.slice("--plan=".length) ?? "";
  return resolve(folderOf(of), file);
}

/** Where the engine runs; a program runs in its own folder. */
function folderOf(of: EngineProcess): string {
  try {
    return readlinkSync(`/proc/${of.pid}/cwd`);
  } catch {
    return process.env["PWD"] ?? process.cwd();
  }
}
