import { execFile } from "node:child_process";
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, readdirSync, realpathSync, rmSync, statSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { absent, value } from "../../../provider/facts/reading";
import { agentScript } from "../../../provider/host/applyScript";
import type { Outcome, Transaction } from "../../../provider/host/host";
import { localShell } from "../../../provider/host/localShell";
import type { Shell } from "../../../provider/host/shell";
import { carryOutOnHost } from "../../../provider/host/transaction";
import type { Step } from "../../../provider/plan/step";

/** The shells that hosts have, each by the command that a script is given to. */
export const interpreters = ["dash", "busybox sh", "bash --posix"] as const;

const bed = join(process.cwd(), "test", "beds", "simulated");
const uuid = "3f2a0c11-7d55-4e0b-9a43-2b6c8e5f0a77";
const machineId = "5e0b9a432b6c8e5f0a773f2a0c117d55";

/** A host that is only a file tree: the agent runs on it with the simulated bed's commands, and `sh` is the interpreter asked for. */
export class Tree {
  readonly root = realpathSync(mkdtempSync(join(tmpdir(), "gpuhost-agent-")));
  readonly commands = join(this.root, ".commands");
  readonly log: string[] = [];

  constructor(readonly interpreter: string = "dash") {
    cpSync(join(bed, "debian"), this.root, { recursive: true });
    for (const folder of ["proc/sys/kernel/random", "sys/class/dmi/id", "etc/default/grub.d", "etc/grub.d", "tmp", "boot/grub", "var/lib"]) {
      mkdirSync(join(this.root, folder), { recursive: true });
    }
    this.write("/etc/machine-id", `${machineId}\n`);
    this.write("/sys/class/dmi/id/product_uuid", `${uuid}\n`);
    this.boot("b0000000-0000-4000-8000-000000000001");
    mkdirSync(this.commands);
    this.command("sh", `#!/bin/sh\nexec ${interpreter} "$@"\n`);
  }

  get path(): string {
    return `${this.commands}:${join(bed, "commands")}:${process.env["PATH"] ?? ""}`;
  }

  /** Another boot of the same machine. */
  boot(id: string): void {
    this.write("/proc/sys/kernel/random/boot_id", `${id}\n`);
  }

  at(path: string): string {
    return join(this.root, path);
  }

  write(path: string, text: string, mode = 0o644): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    writeFileSync(this.at(path), text);
    chmodSync(this.at(path), mode);
  }

  read(path: string): string | undefined {
    return existsSync(this.at(path)) ? readFileSync(this.at(path), "utf8") : undefined;
  }

  mode(path: string): string {
    return (statSync(this.at(path)).mode & 0o7777).toString(8);
  }

  /** Puts a command before all others on the host's PATH. */
  command(name: string, text: string): void {
    writeFileSync(join(this.commands, name), text, { mode: 0o755 });
  }

  removeCommand(name: string): void {
    rmSync(join(this.commands, name), { force: true });
  }

  link(path: string, to: string): void {
    mkdirSync(dirname(this.at(path)), { recursive: true });
    symlinkSync(to, this.at(path));
  }

  shell(environment: Readonly<Record<string, string>> = {}): Shell {
    const shell = localShell("tree", this.interpreter);
    return { ...shell, run: (script, limits, more) => shell.run(script, limits, { GPUHOST_ROOT: this.root, PATH: this.path, ...environment, ...more }) };
  }

  apply(steps: readonly Step[], more: Partial<Transaction> = {}): Promise<Outcome> {
    const identity = { dmiUuid: value(uuid), machineId: value(machineId), hostKey: absent };
    return carryOutOnHost(() => Promise.resolve(this.shell()), { owner: "KernelArguments", who: "alice@laptop", identity, steps, ...more },
      (line) => void this.log.push(line), { pauseSeconds: 0.1, reconnectSeconds: 10 });
  }

  /** Runs a transaction named "...-killed" without anyone following it; how far its state got once its process is gone. */
  async runKilled(steps: readonly Step[]): Promise<"done" | "killed" | "never began"> {
    const identity = { dmiUuid: value(uuid), machineId: value(machineId), hostKey: absent };
    const id = "20260101T000000-killed";
    const folder = this.at(`/var/lib/gpuhost/transactions/${id}`);
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "script"), agentScript(id, { owner: "KernelArguments", who: "alice@laptop", identity, steps }));
    await new Promise<void>((resolve, reject) => {
      const environment = { ...process.env, GPUHOST_ROOT: this.root, PATH: this.path };
      execFile(join(this.commands, "sh"), [join(folder, "script"), "run"], { env: environment }, () => resolve()).on("error", reject);
    });
    const state = this.read(`/var/lib/gpuhost/transactions/${id}/state`)?.trim();
    return state === undefined ? "never began" : state === "running" ? "killed" : "done";
  }

  /** Every file below the root, but for what the agent keeps for itself, with its mode and text. */
  files(): Record<string, string> {
    const found: Record<string, string> = {};
    const walk = (folder: string): void => {
      for (const entry of readdirSync(this.at(folder), { withFileTypes: true })) {
        const path = `${folder}/${entry.name}`;
        if (path === "/var/lib/gpuhost" || path === "/.commands") continue;
        if (entry.isDirectory()) {
          found[`${path}/`] = "";
          walk(path);
        } else if (entry.isFile()) found[path] = `${this.mode(path)} ${this.read(path)}`;
      }
    };
    walk("");
    return found;
  }

  /** What the agent's journal says of files: path -> owner, before, written. */
  journal(): Record<string, string> {
    const folder = this.at("/var/lib/gpuhost/files");
    if (!existsSync(folder)) return {};
    const line = (entry: string, name: string) => readFileSync(join(folder, entry, name), "utf8").trim();
    return Object.fromEntries(readdirSync(folder).map((entry) => [line(entry, "path"), `${line(entry, "owner")} ${line(entry, "before")} ${line(entry, "written")}`]));
  }

  transactions(): string[] {
    const folder = this.at("/var/lib/gpuhost/transactions");
    return existsSync(folder) ? readdirSync(folder).toSorted() : [];
  }

  remove(): void {
    rmSync(this.root, { recursive: true, force: true });
  }
}
