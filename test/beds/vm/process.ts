import { spawn } from "node:child_process";

/** What a finished process left behind. Output is text; `code` is 255 where a signal ended it. */
export interface Finished {
  code: number;
  stdout: string;
  stderr: string;
}

export interface ProcessOptions {
  input?: string;
  env?: NodeJS.ProcessEnv;
  /** After this many seconds the process is killed and `code` is 255. Default: no limit. */
  timeoutSeconds?: number;
}

/** Runs a program to its end; a failing exit code is an answer, not an error. */
export function runProcess(program: string, args: string[], options: ProcessOptions = {}): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const timeout = options.timeoutSeconds === undefined ? {} : { timeout: options.timeoutSeconds * 1000, killSignal: "SIGKILL" as const };
    const child = spawn(program, args, { stdio: ["pipe", "pipe", "pipe"], env: options.env ?? process.env, ...timeout });
    let stdout = "";
    let stderr = "";
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.stdin.on("error", () => undefined);
    child.stdin.end(options.input ?? "");
    child.on("error", reject);
    child.on("close", (code) => resolve({ code: code ?? 255, stdout, stderr }));
  });
}

/** Runs a program that has to succeed and returns what it printed. */
export async function mustRun(program: string, args: string[], options: ProcessOptions = {}): Promise<string> {
  const done = await runProcess(program, args, options);
  if (done.code === 0) return done.stdout;
  const said = (done.stderr.trim() || done.stdout.trim()).slice(-2000);
  throw new Error(`${program} ${args.join(" ").slice(0, 200)}: exit ${done.code}\n${said}`);
}

/** The same as root: directly, or through `sudo -n` where the caller is somebody else. */
export function mustRunAsRoot(program: string, args: string[], options: ProcessOptions = {}): Promise<string> {
  if (process.getuid?.() === 0) return mustRun(program, args, options);
  return mustRun("sudo", ["-n", "--preserve-env=LAB_ROOT_UUID", program, ...args], options);
}

const lastThings = new Set<() => void>();
process.on("exit", () => lastThings.forEach((one) => one()));

/** Does this when the process ends, unless the returned function is called before. */
export function atExit(one: () => void): () => void {
  lastThings.add(one);
  return () => void lastThings.delete(one);
}

export function sleep(seconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}
