import type { Running } from "../beds/engine/running";
import type { SoakHost } from "./bed";

export interface Fault {
  /** On the command line. */
  readonly name: string;
  /** In the table. */
  readonly says: string;
  /** The host stays in its step until the next run says that it waits for it: only where the bed can hold a host. */
  readonly lingers?: true;
  happen(host: SoakHost, up: Running): Promise<void>;
}

async function killProvider(_host: SoakHost, up: Running): Promise<void> {
  if (up.killProvider() === 0) throw new Error("no provider was running");
}

export const faults: readonly Fault[] = [
  { name: "ssh", says: "SSH session cut", happen: (host) => host.cutSessions() },
  { name: "provider", says: "provider killed", happen: killProvider },
  { name: "lingering", says: "provider killed, and the host still at it in the next run", lingers: true, happen: killProvider },
  { name: "power", says: "power cut", happen: (host) => host.powerCut() },
];
