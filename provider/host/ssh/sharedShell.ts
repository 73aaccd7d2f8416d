import { ConnectionLostError, HostUnreachableError } from "../../errors";
import type { Reading } from "../../facts/reading";
import { absent } from "../../facts/reading";
import type { Connection, ConnectOptions } from "../connection";
import type { Shell, ShellLimits, ShellResult } from "../shell";
import { canonical } from "./canonical";
import type { SshShell } from "./openSshShell";
import { openSshShell } from "./openSshShell";
import { Reopened } from "./reopened";

/** Longer than the pauses between resources of one host; reopening takes a fraction of a second. */
const idleSeconds = 60;

const shells = new Map<string, SharedShell>();

/**
 * The one shell of this process for a connection, opened at first use, opened again when it broke, and closed when idle. It
 * never keeps the process alive. Callers need not close it; `close` ends the connection when no command of anyone runs.
 * The secrets of the first caller's `options` are used for all.
 * @throws what openSshShell throws; the next call tries again.
 */
export async function sharedShell(connection: Connection, options: ConnectOptions = {}): Promise<Shell> {
  const key = canonical(connection);
  let shell = shells.get(key);
  if (shell === undefined) shells.set(key, (shell = new SharedShell(connection, options)));
  await shell.opened();
  return shell;
}

/** Closes every shared connection on which no command runs. */
export async function closeSharedShells(): Promise<void> {
  await Promise.all([...shells.values()].map((shell) => shell.close()));
}

class SharedShell implements Shell {
  readonly #connection: Connection;
  readonly #shell: Reopened<SshShell>;
  #running = 0;
  #idle: NodeJS.Timeout | undefined;
  #hostKey: Reading<string> = absent;

  constructor(connection: Connection, options: ConnectOptions) {
    this.#connection = connection;
    this.#shell = new Reopened(() => openSshShell(connection, options));
  }

  get name(): string {
    return this.#connection.host;
  }

  get hostKey(): Reading<string> {
    return this.#hostKey;
  }

  async run(script: string, limits: ShellLimits, environment?: Readonly<Record<string, string>>): Promise<ShellResult> {
    clearTimeout(this.#idle);
    this.#running++;
    try {
      const shell = await this.opened();
      try {
        return await shell.run(script, limits, environment);
      } catch (cause) {
        // Nobody noticed that the connection had broken while it was idle. The script never left, so once more is safe.
        const ran = cause instanceof ConnectionLostError || !(cause instanceof HostUnreachableError);
        if (ran || shell.lost === undefined) throw cause;
        return await (await this.opened()).run(script, limits, environment);
      }
    } finally {
      this.#running--;
      this.#closeLater();
    }
  }

  async opened(): Promise<SshShell> {
    const shell = await this.#shell.get();
    this.#hostKey = shell.hostKey;
    if (this.#running === 0) this.#closeLater();
    return shell;
  }

  async close(): Promise<void> {
    if (this.#running > 0) return;
    clearTimeout(this.#idle);
    await (await this.#shell.take())?.close();
  }

  #closeLater(): void {
    clearTimeout(this.#idle);
    if (this.#running === 0) this.#idle = setTimeout(() => void this.close(), idleSeconds * 1000).unref();
  }
}
