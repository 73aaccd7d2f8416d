import type { Connection, ConnectOptions } from "../host/connection";
import type { Host } from "../host/host";

/** Opens the machine a connection names. */
export type OpenHost = (connection: Connection, options: ConnectOptions) => Promise<Host>;

let open: OpenHost | undefined;

/** Says how hosts are opened from now on in this process; test beds put their own machines here. */
export function openHostsWith(opener: OpenHost): void {
  open = opener;
}

export function openHost(connection: Connection, options: ConnectOptions): Promise<Host> {
  if (open === undefined) throw new Error("no way to open hosts was set up");
  return open(connection, options);
}
