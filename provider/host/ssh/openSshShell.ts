import { HostUnreachableError } from "../../errors";
import type { Reading } from "../../facts/reading";
import { value } from "../../facts/reading";
import type { Connection, ConnectOptions } from "../connection";
import type { Shell, ShellLimits, ShellResult } from "../shell";
import { connect } from "./connect";
import { Execution } from "./execution";
import { ExecutionErrors } from "./executionErrors";
import type { Privilege } from "./framing";
import { frameScript } from "./framing";
import type { OpenConnection } from "./openConnection";
import { resolveEndpoint } from "./resolveEndpoint";
import { readSecret } from "./secrets";
import { SessionSlots } from "./sessionSlots";

/**
 * A Shell over one SSH connection of its own. It is not reopened when it breaks (`sharedShell` does that).
 * @throws HostKeyError, HostUnreachableError: nothing was sent; InputError: the connection or ~/.ssh/config cannot be used.
 */
export async function openSshShell(connection: Connection, options: ConnectOptions = {}): Promise<SshShell> {
  return new SshShell(await connect(resolveEndpoint(connection), options), connection, options);
}

export class SshShell implements Shell {
  readonly #open: OpenConnection;
  readonly #connection: Connection;
  readonly #options: ConnectOptions;
  readonly #slots = new SessionSlots();
  readonly hostKey: Reading<string>;

  constructor(open: OpenConnection, connection: Connection, options: ConnectOptions) {
    this.#open = open;
    this.#connection = connection;
    this.#options = options;
    this.hostKey = value(open.hostKey);
  }

  get name(): string {
    return this.#open.endpoint.name;
  }

  /** Why the connection is gone; `undefined` while it stands. */
  get lost(): string | undefined {
    return this.#open.lost;
  }

  async run(script: string, limits: ShellLimits, environment: Readonly<Record<string, string>> = {}): Promise<ShellResult> {
    const { endpoint } = this.#open;
    const sudo = this.#connection.sudo ?? {};
    const elevated = (sudo.mode ?? (endpoint.user === "root" ? "never" : "always")) === "always";
    const password =
      elevated && sudo.password !== undefined
        ? await readSecret(sudo.password, "sudo password", endpoint.name, this.#options)
        : undefined;
    const privilege: Privilege = !elevated ? "none" : password === undefined ? "sudo" : "sudo-with-password";
    const framing = frameScript(script, environment, privilege);
    const errors = new ExecutionErrors(endpoint, privilege, limits.what ?? "a command");
    return this.#slots.use(
      () => new Execution(this.#open, framing, limits, errors, password).run(),
      (cause) => cause instanceof HostUnreachableError && cause.code === "session-refused",
    );
  }

  async close(): Promise<void> {
    this.#open.close();
  }
}
