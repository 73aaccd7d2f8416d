import { execFileSync, spawn } from "node:child_process";
import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

/** A real ssh-agent with a socket of its own, holding the given private keys in this order. */
export class Agent {
  private constructor(
    readonly socket: string,
    private readonly folder: string,
    private readonly process: ReturnType<typeof spawn>,
  ) {}

  static async start(keys: readonly string[]): Promise<Agent> {
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-agent-"));
    const socket = join(folder, "socket");
    const child = spawn("ssh-agent", ["-D", "-a", socket], { stdio: "ignore" });
    for (let attempt = 0; attempt < 100 && !existsSync(socket); attempt++) await new Promise((resolve) => setTimeout(resolve, 50));
    if (!existsSync(socket)) throw new Error("ssh-agent does not listen");
    if (keys.length > 0) execFileSync("ssh-add", ["-q", ...keys], { env: { ...process.env, SSH_AUTH_SOCK: socket }, stdio: "pipe" });
    return new Agent(socket, folder, child);
  }

  /** Stops the process so that it holds its socket open and answers nothing. */
  freeze(): void {
    this.process.kill("SIGSTOP");
  }

  dispose(): void {
    this.process.kill("SIGKILL");
    rmSync(this.folder, { recursive: true, force: true });
  }
}
