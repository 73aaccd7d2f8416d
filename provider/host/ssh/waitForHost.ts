import { GpuhostError, HostUnreachableError } from "../../errors";
import type { Connection, ConnectOptions } from "../connection";
import { openSshShell } from "./openSshShell";

/** One try may take so long: a host that is going down swallows packets without a word. */
const tryTimeoutSeconds = 10;

/** How a reboot ended, seen from here. `seconds` since the waiting began. */
export type BootOutcome =
  | { readonly kind: "back"; readonly bootId: string; readonly seconds: number }
  /** At the deadline it still ran, or had last been seen running, the boot it was to leave. */
  | { readonly kind: "did-not-go-down"; readonly seconds: number }
  /** It went away, and at the deadline did not let us in. `lastError` is what the last try met. */
  | { readonly kind: "did-not-come-back"; readonly seconds: number; readonly lastError: GpuhostError };

/** What is going on, each change once: for the log of a long wait. */
export type BootProgress =
  | { readonly kind: "still-up"; readonly seconds: number }
  | { readonly kind: "down"; readonly seconds: number; readonly reason: string }
  | { readonly kind: "back"; readonly seconds: number };

export interface WaitOptions extends ConnectOptions {
  /** Seconds between two tries. Default 2. */
  readonly intervalSeconds?: number;
}

/**
 * Waits until the host runs another boot than `previousBootId` (/proc/sys/kernel/random/boot_id) or the deadline has passed.
 * Every try is a login of its own, without sudo. A wrong host key, too, only counts as "not yet": a boot stage with an sshd
 * of its own (dropbear in an initramfs) may answer before the host does; at the deadline it is the `lastError`.
 */
export async function waitForBoot(
  connection: Connection,
  previousBootId: string,
  deadlineSeconds: number,
  onProgress: (progress: BootProgress) => void = () => {},
  options: WaitOptions = {},
): Promise<BootOutcome> {
  const began = performance.now();
  const seconds = () => Math.round((performance.now() - began) / 1000);
  let down: GpuhostError | undefined;
  let told: BootProgress["kind"] | undefined;
  const tell = (progress: BootProgress): void => {
    if (progress.kind !== told) onProgress(progress);
    told = progress.kind;
  };
  for (;;) {
    const left = deadlineSeconds - (performance.now() - began) / 1000;
    const answer = await readBootId(connection, Math.max(1, Math.min(tryTimeoutSeconds, left)), options);
    if (typeof answer === "string" && answer !== previousBootId) {
      tell({ kind: "back", seconds: seconds() });
      return { kind: "back", bootId: answer, seconds: seconds() };
    }
    down = typeof answer === "string" ? undefined : answer;
    tell(down === undefined ? { kind: "still-up", seconds: seconds() } : { kind: "down", seconds: seconds(), reason: down.message });
    const pause = options.intervalSeconds ?? 2;
    if ((performance.now() - began) / 1000 + pause >= deadlineSeconds) {
      return down === undefined
        ? { kind: "did-not-go-down", seconds: seconds() }
        : { kind: "did-not-come-back", seconds: seconds(), lastError: down };
    }
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
}

/** The id of the boot the host runs, or why it cannot be read now. */
async function readBootId(connection: Connection, timeoutSeconds: number, options: ConnectOptions): Promise<string | GpuhostError> {
  const hurried: Connection = { ...connection, connectTimeoutSeconds: timeoutSeconds, sudo: { mode: "never" } };
  try {
    const shell = await openSshShell(hurried, options);
    try {
      const limits = { what: "reading the boot id", deadlineSeconds: timeoutSeconds, maximumBytes: 4096 };
      const { exitCode, stdout, stderr } = await shell.run('cat "$GPUHOST_ROOT/proc/sys/kernel/random/boot_id"', limits);
      const bootId = stdout.toString("latin1").trim();
      if (exitCode === 0 && /^[0-9a-f-]{36}$/.test(bootId)) return bootId;
      const what = `${connection.host}: /proc/sys/kernel/random/boot_id reads "${bootId}" ${stderr.trim()}`;
      return new HostUnreachableError("boot-id-unreadable", what, connection.host);
    } finally {
      await shell.close();
    }
  } catch (cause) {
    // An InputError will not get better by waiting.
    if (!(cause instanceof GpuhostError) || cause.name === "InputError") throw cause;
    return cause;
  }
}
