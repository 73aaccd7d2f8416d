import type { ChildProcess } from "node:child_process";
import { spawn } from "node:child_process";
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import type { Connection } from "../../../provider/host/connection";
import { installOpenSsh } from "./install";
import type { KeyPair, KeyType } from "./keys";
import { makeKey } from "./keys";
import { answers, freePort } from "./ports";
import { descendants, signal } from "./processes";

export interface SshdOptions {
  /** Kinds of host key the server has. Default: ed25519, ecdsa and rsa. */
  readonly hostKeys?: readonly KeyType[];
  /** Further lines of sshd_config. */
  readonly config?: readonly string[];
  /** Public keys that may log in as anyone, beside the bed's own. */
  readonly authorized?: readonly string[];
  /** Default: a free one. Given to bring a server back at the same place. */
  readonly port?: number;
  /** Address it listens at. Default 127.0.0.1; "0.0.0.0" answers at every address of 127.0.0.0/8. */
  readonly address?: string;
}

/** A real sshd on 127.0.0.1, with a folder, host keys and a client key of its own. */
export class Sshd {
  private constructor(
    readonly folder: string,
    readonly port: number,
    readonly hostKeys: Readonly<Partial<Record<KeyType, KeyPair>>>,
    /** A key that may log in. */
    readonly client: KeyPair,
    /** A known_hosts file with every host key of the server. */
    readonly knownHosts: string,
    private process: ChildProcess,
  ) {}

  static async start(options: SshdOptions = {}): Promise<Sshd> {
    installOpenSsh();
    // sshd refuses to start without its empty folder, which the service would have made.
    if (process.getuid?.() === 0) mkdirSync("/run/sshd", { recursive: true, mode: 0o755 });
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-sshd-"));
    // sshd reads authorized_keys as the user who logs in.
    chmodSync(folder, 0o711);
    const port = options.port ?? (await freePort());
    const types = options.hostKeys ?? ["ed25519", "ecdsa", "rsa"];
    const hostKeys = Object.fromEntries(types.map((type) => [type, makeKey(join(folder, `host_${type}`), type)])) as Partial<Record<KeyType, KeyPair>>;
    const client = makeKey(join(folder, "client"));
    writeFileSync(join(folder, "authorized_keys"), [client.publicLine, ...(options.authorized ?? []), ""].join("\n"));
    const knownHosts = join(folder, "known_hosts");
    writeFileSync(knownHosts, types.map((type) => `[127.0.0.1]:${port} ${hostKeys[type]?.publicLine}\n`).join(""));
    writeFileSync(join(folder, "sshd_config"), configuration(folder, port, types, options));
    return new Sshd(folder, port, hostKeys, client, knownHosts, await launch(folder, port));
  }

  /** How to reach this server with the bed's key; no file of the person running the tests is read. */
  connection(changes: Partial<Connection> = {}): Connection {
    const user = userInfo().username;
    const known = { knownHostsFiles: [this.knownHosts], identityFiles: [this.client.path] };
    return { host: "127.0.0.1", port: this.port, user, agent: false, sshConfigFile: false, ...known, ...changes };
  }

  get log(): string {
    return readFileSync(join(this.folder, "log"), "utf8");
  }

  /** Processes that serve connections: everything below the listening one. */
  sessions(): number[] {
    return descendants(this.process.pid as number);
  }

  /** Ends the listening process and, as a reboot would, every session. The folder and its keys stay. */
  async stop(): Promise<void> {
    const pids = this.sessions();
    await ended(this.process, () => this.process.kill("SIGKILL"));
    for (const pid of pids) signal(pid, "SIGKILL");
  }

  /** Listens again at the same port, with the same keys. */
  async startAgain(): Promise<void> {
    this.process = await launch(this.folder, this.port);
  }

  async dispose(): Promise<void> {
    await this.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function configuration(folder: string, port: number, types: readonly KeyType[], { config = [], address = "127.0.0.1" }: SshdOptions): string {
  return [
    // The first value of a keyword counts, so that a test may overrule those below.
    ...config,
    `Port ${port}`,
    `ListenAddress ${address}`,
    ...types.map((type) => `HostKey ${join(folder, `host_${type}`)}`),
    `AuthorizedKeysFile ${join(folder, "authorized_keys")}`,
    `PidFile none`,
    "StrictModes no",
    "PermitRootLogin yes",
    "PasswordAuthentication no",
    "KbdInteractiveAuthentication no",
    "UsePAM no",
    "PrintMotd no",
    "LogLevel VERBOSE",
    "",
  ].join("\n");
}

async function launch(folder: string, port: number): Promise<ChildProcess> {
  const child = spawn("/usr/sbin/sshd", ["-D", "-f", join(folder, "sshd_config"), "-E", join(folder, "log")], { stdio: "ignore" });
  for (let attempt = 0; attempt < 200; attempt++) {
    if (child.exitCode !== null || child.signalCode !== null) break;
    if (await answers(port)) return child;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
  child.kill("SIGKILL");
  const log = join(folder, "log");
  throw new Error(`sshd does not listen at 127.0.0.1:${port}:\n${existsSync(log) ? readFileSync(log, "utf8") : "no log"}`);
}

function ended(child: ChildProcess, kill: () => void): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    child.once("exit", () => resolve());
    kill();
  });
}
