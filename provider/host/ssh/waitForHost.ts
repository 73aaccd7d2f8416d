import { GpuhostError, HostUnreachableError } from "../../errors";
import { BOOT_UNITS } from "../../plan/bootUnits";
import type { Connection, ConnectOptions } from "../connection";
import { openSshShell } from "./openSshShell";

/** One try may take so long: a host that is going down swallows packets without a word. */
const tryTimeoutSeconds = 10;

/** How a reboot ended, seen from here. `seconds` since the waiting began; `starting`: units of ours that had not ended at the deadline. */
export type BootOutcome =
  | { readonly kind: "back"; readonly bootId: string; readonly seconds: number; readonly starting: readonly string[] }
  /** At the deadline it still ran, or had last been seen running, the boot it was to leave. */
  | { readonly kind: "did-not-go-down"; readonly seconds: number }
  /** It went away, and at the deadline did not let us in. `lastError` is what the last try met. */
  | { readonly kind: "did-not-come-back"; readonly seconds: number; readonly lastError: GpuhostError };

/** What is going on, each change once: for the log of a long wait. */
export type BootProgress =
  | { readonly kind: "still-up"; readonly seconds: number }
  | { readonly kind: "down"; readonly seconds: number; readonly reason: string }
  | { readonly kind: "starting"; readonly seconds: number; readonly units: readonly string[] }
  | { readonly kind: "back"; readonly seconds: number };

export interface WaitOptions extends ConnectOptions {
  /** Seconds between two tries. Default 2. */
  readonly intervalSeconds?: number;
}

/**
 * Prints the boot id, then for each unit of ours its name, its state and its job, if it has one (systemctl(1), show): what is queued behind other units
 * has not begun, and reads "inactive" until it does.
 */
const readingScript = `cat "$GPUHOST_ROOT/proc/sys/kernel/random/boot_id" || exit
for unit in ${BOOT_UNITS.join(" ")}; do
  [ -e "$GPUHOST_ROOT/etc/systemd/system/$unit" ] || continue
  printf '%s %s\\n' "$unit" "$(timeout 2 systemctl show -p ActiveState -p Job "$unit" 2>/dev/null | tr '\\n' ' ')"
done
`;

/**
 * Waits until the host runs another boot than `previousBootId` (/proc/sys/kernel/random/boot_id) and our units have ended there, or the deadline has passed.
 * SSH answers before a boot has done its work: what is read before that shows virtual functions and mediated devices that are still to come.
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
    const answer = await readBoot(connection, Math.max(1, Math.min(tryTimeoutSeconds, left)), options);
    const back = "bootId" in answer && answer.bootId !== previousBootId ? answer : undefined;
    if (back !== undefined && back.starting.length === 0) {
      tell({ kind: "back", seconds: seconds() });
      return { kind: "back", ...back, seconds: seconds() };
    }
    down = "bootId" in answer ? undefined : answer;
    tell(down !== undefined ? { kind: "down", seconds: seconds(), reason: down.message }
      : back === undefined ? { kind: "still-up", seconds: seconds() } : { kind: "starting", seconds: seconds(), units: back.starting });
    const pause = options.intervalSeconds ?? 2;
    if ((performance.now() - began) / 1000 + pause >= deadlineSeconds) {
      if (back !== undefined) return { kind: "back", ...back, seconds: seconds() };
      return down === undefined
        ? { kind: "did-not-go-down", seconds: seconds() }
        : { kind: "did-not-come-back", seconds: seconds(), lastError: down };
    }
    await new Promise((resolve) => setTimeout(resolve, pause * 1000));
  }
}

interface Running {
  readonly bootId: string;
  readonly starting: readonly string[];
}

/** What the host runs, or why it cannot be read now. */
async function readBoot(connection: Connection, timeoutSeconds: number, options: ConnectOptions): Promise<Running | GpuhostError> {
  const hurried: Connection = { ...connection, connectTimeoutSeconds: timeoutSeconds, sudo: { mode: "never" } };
  try {
    const shell = await openSshShell(hurried, options);
    try {
      const limits = { what: "reading the boot id", deadlineSeconds: timeoutSeconds, maximumBytes: 4096 };
      const { exitCode, stdout, stderr } = await shell.run(readingScript, limits);
      const [bootId = "", ...units] = stdout.toString("latin1").trim().split("\n");
      if (exitCode === 0 && /^[0-9a-f-]{36}$/.test(bootId)) return { bootId, starting: units.filter((unit) => /ActiveState=activating| Job=\d/.test(unit)).map((unit) => unit.split(" ")[0] ?? "") };
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
