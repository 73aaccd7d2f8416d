import { connect } from "node:net";
import type { Socket } from "node:net";
import { HostUnreachableError } from "../../errors";
import type { Endpoint } from "./endpoint";

/** A TCP connection to the endpoint. The caller owns the deadline and destroys the socket through `signal`. */
export function dial(endpoint: Endpoint, signal: AbortSignal): Promise<Socket> {
  return new Promise((resolve, reject) => {
    const { address, port } = endpoint;
    // Node gives each address of a name 250 ms by default, too little for a far host.
    const socket = connect({ host: address, port, noDelay: true, autoSelectFamilyAttemptTimeout: 5000 });
    const abort = () => socket.destroy();
    signal.addEventListener("abort", abort, { once: true });
    socket.once("close", () => reject(new HostUnreachableError("host-unreachable", `${endpoint.name}: the connection was given up.`, endpoint.name)));
    socket.once("error", (cause) => reject(cannotDial(endpoint, cause)));
    socket.once("connect", () => {
      socket.removeAllListeners("error").removeAllListeners("close");
      signal.removeEventListener("abort", abort);
      resolve(socket);
    });
  });
}

/** Why there is no TCP connection, and what to look at. */
export function cannotDial(endpoint: Endpoint, cause: NodeJS.ErrnoException): HostUnreachableError {
  const { name, address, port } = endpoint;
  const [code, what] = explain(cause, address, port);
  return new HostUnreachableError(code, `${name}: ${what} Nothing was touched.`, name);
}

function explain(cause: NodeJS.ErrnoException, address: string, port: number): [string, string] {
  switch (cause.code) {
    case "ENOTFOUND":
    case "EAI_AGAIN":
      return [
        "host-name-unknown",
        `the name "${address}" has no address (${cause.code}). Check the name, or give the address or an alias of ~/.ssh/config.`,
      ];
    case "ECONNREFUSED":
      return ["connection-refused", `nothing listens at ${address} port ${port}. Is sshd running, and is this its port?`];
    case "ETIMEDOUT":
    case "EHOSTUNREACH":
    case "ENETUNREACH":
    case "EHOSTDOWN":
      return ["host-unreachable", `no way to ${address} port ${port} (${cause.code}). Is it up, and does no firewall stand in between?`];
    default:
      return ["host-unreachable", `no connection to ${address} port ${port} (${cause.code ?? cause.message}).`];
  }
}
