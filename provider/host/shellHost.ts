import { HostTimeoutError } from "../errors";
import type { HostFacts } from "../facts/hostFacts";
import type { Host, Progress } from "./host";
import { reaches } from "./reach";
import type { Shell } from "./shell";
import type { CarryOptions } from "./transaction";
import { carryOutOnHost } from "./transaction";

export interface ShellHostOptions extends CarryOptions {
  /** What messages call the host: the address the user wrote. */
  readonly name: string;
  /** Waits for another boot than `bootId` and throws HostTimeoutError (host/ssh/waitForHost, for a host behind SSH). Absent: this host cannot be rebooted. */
  readonly waitForBoot?: (bootId: string, deadlineSeconds: number, progress: Progress) => Promise<void>;
}

/** The machine behind a shell. `shell` is asked each time, so that a connection that broke is replaced by a new one. */
export function shellHost(shell: () => Promise<Shell>, observe: (shell: Shell) => Promise<HostFacts>, options: ShellHostOptions): Host {
  let last: Shell | undefined;
  const open = async (): Promise<Shell> => (last = await shell());
  return {
    name: options.name,
    observe: async () => observe(await open()),
    apply: (transaction, progress) => carryOutOnHost(open, transaction, progress, options),
    reaches: async (host, port) => reaches(await open(), host, port),
    waitForBoot: async (bootId, deadlineSeconds, progress = () => {}) => {
      if (options.waitForBoot === undefined) throw new HostTimeoutError("no-reboot", `${options.name}: this kind of host cannot be rebooted`, options.name);
      await options.waitForBoot(bootId, deadlineSeconds, progress);
    },
    close: async () => {
      await last?.close();
      last = undefined;
    },
  };
}
