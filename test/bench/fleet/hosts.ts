import { fork, type ChildProcess } from "node:child_process";
import { once } from "node:events";
import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { root } from "../../beds/engine/engine";
import { keyPair } from "../../beds/simulated/keyPair";
import { member } from "./kinds";
import type { Look, Place, Said, Told } from "./serve";

/** Hosts of one worker: it has a dozen descriptors open for each, and all that its hosts' kernels do is work for one thread. */
const hostsOfWorker = 250;

/** Many simulated hosts in a few processes, and a HOME from which an operator reaches them all. */
export class FleetHosts {
  /** Seconds until all of them were up. */
  seconds = 0;
  readonly home = realpathSync(mkdtempSync(join(tmpdir(), "gpuhost-fleet-")));
  private readonly key = keyPair();
  private readonly places = new Map<number, Place>();
  private workers: readonly Worker[] = [];

  private constructor(readonly count: number) {}

  static async start(count: number): Promise<FleetHosts> {
    const hosts = new FleetHosts(count);
    try {
      await hosts.up();
      return hosts;
    } catch (error) {
      await hosts.stop();
      throw error;
    }
  }

  private async up(): Promise<void> {
    const begun = performance.now();
    const workers = Math.max(2, Math.ceil(this.count / hostsOfWorker));
    this.workers = Array.from({ length: workers }, () => new Worker());
    await Promise.all(this.workers.map(async (worker, nth) => {
      const own = Array.from({ length: this.count }, (_, index) => index).filter((index) => index % workers === nth);
      const { places } = await worker.ask({ do: "start", folder: join(this.home, "hosts"), key: this.key.public, hosts: own }, "started");
      for (const place of places) this.places.set(place.index, place);
    }));
    this.writeSshFolder();
    this.seconds = (performance.now() - begun) / 1000;
  }

  private writeSshFolder(): void {
    const folder = join(this.home, ".ssh");
    mkdirSync(folder, { mode: 0o700 });
    writeFileSync(join(folder, "id_ed25519"), this.key.private, { mode: 0o600 });
    writeFileSync(join(folder, "known_hosts"), [...this.places.values()].map(({ known }) => `${known}\n`).join(""));
    const settings = ["User root", `IdentityFile ${folder}/id_ed25519`, "IdentitiesOnly yes", "IdentityAgent none", `UserKnownHostsFile ${folder}/known_hosts`];
    writeFileSync(join(folder, "config"), ["Host 127.77.*", ...settings.map((one) => `  ${one}`), ""].join("\n"));
  }

  /** What a GpuFleet is told of hosts from..to, in their order. */
  wishes(from: number, to: number): Record<string, object> {
    return Object.fromEntries(Array.from({ length: to - from }, (_, at) => {
      const { name, address, wish } = member(from + at);
      return [name, { connection: { host: address, port: this.places.get(from + at)?.port ?? 0 }, ...wish }];
    }));
  }

  /** What is true of every host now, in their order, and how much memory all of them take. */
  async look(): Promise<{ readonly looks: readonly Look[]; readonly megabytes: number }> {
    const all = await Promise.all(this.workers.map((worker) => worker.ask({ do: "look" }, "looked")));
    return { looks: all.flatMap(({ looks }) => looks).toSorted((one, other) => one.index - other.index), megabytes: all.reduce((sum, { megabytes }) => sum + megabytes, 0) };
  }

  async stop(): Promise<void> {
    await Promise.all(this.workers.map((worker) => worker.end()));
    rmSync(this.home, { recursive: true, force: true });
  }
}

/** A process that is some of the hosts; it is asked one thing after the other. */
class Worker {
  private readonly process: ChildProcess = fork(join(root, "test", "bench", "fleet", "worker.mjs"), { stdio: ["ignore", "inherit", "inherit", "ipc"] });
  private last: Promise<unknown> = Promise.resolve();

  ask<Kind extends Said["said"]>(told: Told, answer: Kind): Promise<Extract<Said, { said: Kind }>> {
    const asked = this.last.then(() => this.now(told, answer));
    this.last = asked.catch(() => undefined);
    return asked;
  }

  async end(): Promise<void> {
    if (this.process.connected) await this.ask({ do: "stop" }, "stopped").catch(() => this.process.kill("SIGKILL"));
    if (this.process.exitCode === null && this.process.signalCode === null) await once(this.process, "exit");
  }

  private now<Kind extends Said["said"]>(told: Told, answer: Kind): Promise<Extract<Said, { said: Kind }>> {
    return new Promise((resolve, reject) => {
      const gone = (): void => reject(new Error("a process of simulated hosts ended"));
      this.process.once("exit", gone);
      this.process.once("message", (said: Said) => {
        this.process.off("exit", gone);
        if (said.said === answer) resolve(said as Extract<Said, { said: Kind }>);
        else reject(new Error(said.said === "failed" ? said.why : `a process of simulated hosts said ${said.said} for ${answer}`));
      });
      this.process.send(told);
    });
  }
}
