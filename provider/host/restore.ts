import { absent } from "../facts/reading";
import { newTransactionId, restorePreviewScript, restoreScript } from "./applyScript";
import type { Outcome, Progress } from "./host";
import { parseOutcome } from "./outcome";
import type { Shell } from "./shell";
import type { CarryOptions } from "./transaction";
import { carry } from "./transaction";
import { MalformedFactError } from "../errors";

/**
 * Undoes everything that this project did to a host, from the journal on the host alone. Never reboots: "needs-reboot" says what
 * waits for one. "failed": some parts were left, `says` names them, all others were undone. A second run finds nothing to restore.
 * @throws LockedError, HostUnreachableError
 */
export function restoreOnHost(open: () => Promise<Shell>, who: string, progress: Progress = () => {}, options: CarryOptions = {}): Promise<Outcome> {
  const id = newTransactionId();
  const identity = { dmiUuid: absent, machineId: absent, hostKey: absent };
  return carry(open, id, restoreScript(id, who), { identity }, progress, options);
}

/** What a restore would do: a step each, in the state "not-reached", `says` for what waits for a reboot. Writes nothing. */
export async function previewRestore(shell: Shell): Promise<Outcome> {
  const result = await shell.run(restorePreviewScript(), { what: "reading the journal", deadlineSeconds: 120 });
  const verdict = parseOutcome(result.stdout.toString("utf8"), shell.name);
  if (verdict === undefined || verdict.state !== "done") {
    throw new MalformedFactError("journal", `${shell.name}: the journal in /var/lib/gpuhost cannot be read: ${result.stderr.trim()}`, shell.name);
  }
  return { state: "done", says: verdict.says, steps: verdict.steps };
}
