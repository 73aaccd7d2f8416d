import { HostTimeoutError } from "../errors";
import type { Connection, ConnectOptions } from "./connection";
import type { Host, Progress } from "./host";
import { observe } from "./observe";
import { shellHost } from "./shellHost";
import { sharedShell } from "./ssh/sharedShell";
import { type BootProgress, type WaitOptions, waitForBoot } from "./ssh/waitForHost";
import type { CarryOptions } from "./transaction";

/** The machine that a connection names, over the one SSH connection that this process has to it. `patience`: other pauses than the usual ones. */
export function sshHost(connection: Connection, options: ConnectOptions = {}, patience: CarryOptions & Pick<WaitOptions, "intervalSeconds"> = {}): Promise<Host> {
  const waiting = (bootId: string, deadlineSeconds: number, progress: Progress) => anotherBoot(connection, { ...patience, ...options }, bootId, deadlineSeconds, progress);
  return Promise.resolve(shellHost(() => sharedShell(connection, options), observe, { ...patience, name: connection.host, waitForBoot: waiting }));
}

async function anotherBoot(connection: Connection, options: WaitOptions, bootId: string, deadlineSeconds: number, progress: Progress): Promise<void> {
  const outcome = await waitForBoot(connection, bootId, deadlineSeconds, (seen) => progress(inWords(seen)), options);
  if (outcome.kind === "back") {
    if (outcome.starting.length > 0) progress(`${outcome.starting.join(" and ")} had not ended after ${outcome.seconds} s; what it was to bring may be missing from what is read now`);
    return;
  }
  const name = connection.host;
  const says = outcome.kind === "did-not-go-down"
    ? `${name}: did not go down within ${outcome.seconds} s: it still runs the boot it was to leave. See on its console what holds the reboot up.`
    : `${name}: did not come back within ${outcome.seconds} s. A power cycle brings back what ran before, since a boot on trial is chosen once only. Last seen: ${outcome.lastError.message}`;
  throw new HostTimeoutError(outcome.kind, says, name);
}

function inWords(seen: BootProgress): string {
  if (seen.kind === "down") return `the host is going down (${seen.reason})`;
  if (seen.kind === "starting") return `the host answers after ${seen.seconds} s; waiting for ${seen.units.join(" and ")} to end there`;
  return seen.kind === "back" ? `the host is back after ${seen.seconds} s` : "the host is still up";
}
