import { spawn } from "node:child_process";
import { HostTimeoutError, OutputTooLargeError } from "../errors";
import { absent } from "../facts/reading";
import type { Shell, ShellLimits, ShellResult } from "./shell";

const defaultMaximumBytes = 64 * 1024 * 1024;

/** Runs scripts on this machine as the user we are: for recorded trees, and for tests. `interpreter` is "sh", or for example "busybox sh". */
export function localShell(name: string, interpreter = "sh"): Shell {
  return {
    name,
    hostKey: absent,
    run: (script, limits, environment = {}) => run(name, interpreter.split(" "), script, limits, environment),
    close: () => Promise.resolve(),
  };
}

function run(name: string, interpreter: readonly string[], script: string, limits: ShellLimits, environment: Readonly<Record<string, string>>): Promise<ShellResult> {
  const [command = "sh", ...args] = interpreter;
  return new Promise((resolve, reject) => {
    // A group of its own, so that a deadline ends what the script started too.
    const child = spawn(command, [...args, "-s"], { env: { ...process.env, ...environment }, detached: true, stdio: ["pipe", "pipe", "pipe"] });
    const chunks: Buffer[] = [];
    let bytes = 0;
    let stderr = "";
    let reported = 0;
    const stop = (error: Error): void => {
      if (child.pid !== undefined) {
        try {
          process.kill(-child.pid, "SIGKILL");
        } catch {
          // It ended by itself in the meantime.
        }
      }
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(
      () => stop(new HostTimeoutError("deadline", `${name}: the script did not end within ${limits.deadlineSeconds} s and was stopped`, name)),
      limits.deadlineSeconds * 1000,
    );
    child.stdout.on("data", (chunk: Buffer) => {
      chunks.push(chunk);
      bytes += chunk.length;
      const most = limits.maximumBytes ?? defaultMaximumBytes;
      if (bytes > most) stop(new OutputTooLargeError("output-too-large", `${name}: the script said more than ${most} bytes and was stopped`, name));
    });
    child.stderr.setEncoding("utf8").on("data", (text: string) => {
      stderr += text;
      const whole = stderr.lastIndexOf("\n") + 1;
      for (const line of stderr.slice(reported, whole).split("\n").slice(0, -1)) limits.onStderrLine?.(line);
      reported = Math.max(reported, whole);
    });
    child.on("error", (error) => stop(error));
    child.on("close", (exitCode, signal) => {
      clearTimeout(timer);
      resolve({ exitCode, signal, stdout: Buffer.concat(chunks), stderr });
    });
    // A script that ends early closes its input; its exit status says why.
    child.stdin.on("error", () => undefined);
    child.stdin.end(script);
  });
}
