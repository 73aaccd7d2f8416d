import type { Running } from "../beds/engine/running";
import type { SoakHost } from "./bed";

export interface Fault {
  /** On the command line. */
  readonly name: string;
  /** In the table. */
  readonly says: string;
  happen(host: SoakHost, up: Running): Promise<void>;
}

export const faults: readonly Fault[] = [
  { name: "ssh", says: "SSH session cut", happen: (host) => host.cutSessions() },
  {
    name: "provider",
    says: "provider killed",
    happen: async (_host, up) => {
      if (up.killProvider() === 0) throw new Error("no provider was running");
    },
  },
  { name: "power", says: "power cut", happen: (host) => host.powerCut() },
];
