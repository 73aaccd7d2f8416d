import { randomInt } from "node:crypto";
import { createServer } from "node:net";

/** Who listens where on 127.0.0.1. `placementItself` is behind `placement`, which everybody uses and which can be slow. */
export const portNames = ["keystone", "placement", "placementItself", "nova", "neutron", "rabbitmq", "rabbitmqPeers", "epmd", "mariadb"] as const;

export type Ports = Readonly<Record<(typeof portNames)[number], number>>;

function isFree(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const server = createServer().once("error", () => resolve(false));
    server.listen(port, "127.0.0.1", () => server.close(() => resolve(true)));
  });
}

/**
 * A row of ports that nobody listens on. They lie below those that the kernel gives to outgoing connections, so that
 * none is taken between now and the start of the service, nor while a service is stopped.
 */
export async function freePorts(): Promise<Ports> {
  for (let attempt = 0; attempt < 100; attempt++) {
    const first = 10_000 + portNames.length * randomInt(2000);
    const ports = portNames.map((_, index) => first + index);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) {
      return Object.fromEntries(portNames.map((name, index) => [name, ports[index]])) as unknown as Ports;
    }
  }
  throw new Error("No row of free ports between 10000 and 28000.");
}
