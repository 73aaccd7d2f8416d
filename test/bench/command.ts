import { spawn } from "node:child_process";

export interface Timed {
  readonly seconds: number;
  readonly stdout: string;
}

/** Runs a command to its end and times all of it; throws with what it said when it fails. */
export function timed(command: string, args: readonly string[], options: { readonly cwd?: string; readonly env?: NodeJS.ProcessEnv } = {}): Promise<Timed> {
  return new Promise((resolve, reject) => {
    const begun = performance.now();
    const child = spawn(command, args, { ...options, stdio: ["ignore", "pipe", "pipe"] });
    let [stdout, stderr] = ["", ""];
    child.stdout.setEncoding("utf8").on("data", (text: string) => (stdout += text));
    child.stderr.setEncoding("utf8").on("data", (text: string) => (stderr += text));
    child.on("error", reject);
    child.on("close", (code) => {
      const seconds = (performance.now() - begun) / 1000;
      if (code === 0) resolve({ seconds, stdout });
      else reject(new Error(`${command.split("/").at(-1)} ended with ${code}:\n${`${stdout}\n${stderr}`.trim().split("\n").slice(-25).join("\n")}`));
    });
  });
}
