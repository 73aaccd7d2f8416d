import { existsSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { SimulatedHost } from "../../beds/simulated/host";
import { Wire } from "../../faults/wire";
import { member, type Member } from "./kinds";

/** What a worker is told. `start`: numbers of the hosts that it is to be. */
export type Told =
  | { readonly do: "start"; readonly folder: string; readonly key: string; readonly hosts: readonly number[] }
  | { readonly do: "look" } | { readonly do: "stop" };

/** Where a host is reached, and the line of known_hosts for it. */
export interface Place {
  readonly index: number;
  readonly port: number;
  readonly known: string;
}

/** What is true of a host, from its own files. */
export interface Look {
  readonly index: number;
  /** Reboots since it was first switched on. */
  readonly reboots: number;
  readonly logins: number;
  /** Transactions that were carried out there, of whatever end. */
  readonly transactions: number;
  /** Our kernel arguments are in its boot configuration. */
  readonly configured: boolean;
  /** Cards of those wished for that vfio-pci has. */
  readonly bound: number;
}

export type Said =
  | { readonly said: "started"; readonly places: readonly Place[]; readonly seconds: number }
  | { readonly said: "looked"; readonly looks: readonly Look[]; readonly megabytes: number }
  | { readonly said: "stopped" } | { readonly said: "failed"; readonly why: string };

interface Living {
  readonly index: number;
  readonly of: Member;
  readonly host: SimulatedHost;
  readonly wire: Wire | undefined;
}

/** Is as many hosts as it is told to be, until it is told to stop or nobody is there any more who could. */
export function serve(): void {
  const living: Living[] = [];
  const say = (said: Said): void => void process.send?.(said);
  const stop = async (): Promise<void> => {
    await Promise.all(living.splice(0).map(async ({ host, wire }) => {
      await wire?.close();
      await host.stop();
    }));
  };
  const obey = async (told: Told): Promise<void> => {
    if (told.do === "look") return say({ said: "looked", looks: living.map(look), megabytes: process.memoryUsage().rss / 1e6 });
    if (told.do === "start") return say(await start(told.folder, told.key, told.hosts, living));
    await stop();
    say({ said: "stopped" });
    process.disconnect();
  };
  process.on("message", (told: Told) => void obey(told).catch((error: unknown) => say({ said: "failed", why: error instanceof Error ? error.stack ?? error.message : String(error) })));
  // Ctrl-C reaches this process, too; whoever started it says when the hosts may go.
  process.on("SIGINT", () => undefined);
  process.on("disconnect", () => void stop().finally(() => process.exit(0)));
}

async function start(folder: string, key: string, hosts: readonly number[], living: Living[]): Promise<Said> {
  const begun = performance.now();
  const places: Place[] = [];
  for (const index of hosts) {
    const of = member(index);
    const host = new SimulatedHost(of.machine, { folder: join(folder, of.name), address: of.address, authorizedKeys: [key], faults: of.faults, bootSeconds: of.bootSeconds });
    await host.start();
    if (of.guests !== "") host.files.write("/gpuhost/answers/guests", of.guests);
    const wire = of.late > 0 ? await new Wire(of.address, host).open() : undefined;
    if (wire !== undefined) wire.delay = of.late;
    living.push({ index, of, host, wire });
    const port = wire?.port ?? host.port;
    places.push({ index, port, known: host.knownHost.replace(`:${host.port} `, `:${port} `) });
  }
  return { said: "started", places, seconds: (performance.now() - begun) / 1000 };
}

function look({ index, of, host }: Living): Look {
  const transactions = host.files.at("/var/lib/gpuhost/transactions");
  return {
    index, reboots: host.boots - 1, logins: host.ssh.counts.connections,
    transactions: existsSync(transactions) ? readdirSync(transactions).length : 0,
    configured: host.files.exists("/etc/default/grub.d/zz-gpuhost.cfg"),
    bound: of.wish.cards.filter(({ address }) => host.files.linkName(`/sys/bus/pci/devices/${address}/driver`) === "vfio-pci").length,
  };
}
