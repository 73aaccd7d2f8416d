import { createHash } from "node:crypto";
import { execFile } from "node:child_process";
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { until } from "../beds/engine/running";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "../beds/simulated/machine";
import type { SoakBed, SoakHost } from "./bed";
import { listSteps, type SoakStep } from "./steps";

const card = "0000:65:00";
const server = (name: string) => machine(name, {
  kernelArguments: "quiet intel_iommu=off",
  functions: [
    rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
    rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
    rootPort("0000:64:00.0", 14), graphicsCard(card, "0000:64:00.0", 15),
  ],
});

/** Hosts that are a tree of files: real SSH, the real scripts, a model of kernel and GRUB. Each waits in its step for the fault. */
export function simulatedBed(): SoakBed {
  const fleet = new Fleet();
  let number = 0;
  return {
    name: "simulated",
    holds: true,
    start: async () => new SimulatedSoakHost(fleet, await fleet.add(server(`soak-${(number += 1)}`), { bootSeconds: 0 })),
    stop: () => fleet.stop(),
  };
}

class SimulatedSoakHost implements SoakHost {
  readonly args: Record<string, unknown>;

  constructor(fleet: Fleet, private readonly host: SimulatedHost) {
    this.args = {
      connection: {
        host: host.address, port: host.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile],
        sshConfigFile: false, agent: false, jumpHosts: [],
      },
      cards: [{ address: `${card}.0`, id: "10de:2231" }],
      kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
      reboot: "whenNeeded",
    };
  }

  private control(name: string): string {
    return this.host.files.at(`/.simulated/${name}`);
  }

  /** The bed's own `sync` waits there: the first thing of this step that has to be on disk. */
  async reaches({ owner, line }: SoakStep): Promise<void> {
    writeFileSync(this.control("hold"), `${owner}\n${line}\n`);
    await until(() => existsSync(this.control("reached")), `${owner} ${line}`, 120);
  }

  async cutSessions(): Promise<void> {
    await this.host.ssh.stop();
    await this.release();
    await sleep(2_000);
    // A host that went down meanwhile comes up with its own server.
    if (!this.host.ssh.listening) await this.host.ssh.start();
  }

  powerCut(): Promise<void> {
    return this.host.powerCycle();
  }

  reboot = (): Promise<void> => this.host.powerCycle();

  async release(): Promise<void> {
    rmSync(this.control("hold"), { force: true });
  }

  async stepsSoFar(): Promise<string[]> {
    const { stdout } = await promisify(execFile)("sh", ["-c", listSteps(this.host.files.root)]);
    return stdout.trimEnd().split("\n");
  }

  async state(): Promise<string[]> {
    const { files, machine: of } = this.host;
    const bound = of.functions.map(({ address }) => `driver of ${address}: ${files.linkName(`/sys/bus/pci/devices/${address}/driver`) ?? "none"}`);
    return [...fileLines(files.root, ["boot", "etc", "lib", "usr", "root", "var/lib"]), ...bound, `command line: ${files.read("/proc/cmdline")}`];
  }

  stop(): Promise<void> {
    return this.host.stop();
  }
}


/** Path and content of every file, except the logs and the reboots that our journal keeps after everything is undone. */
function fileLines(root: string, folders: readonly string[]): string[] {
  return folders.filter((folder) => existsSync(join(root, folder))).flatMap((folder) =>
    readdirSync(join(root, folder), { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() || entry.isSymbolicLink())
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((path) => !/\/var\/lib\/gpuhost\/(transactions\/|reboots$)/.test(path))
      .map((path) => `${createHash("sha256").update(existsSync(path) ? readFileSync(path) : "").digest("hex")} ${path.slice(root.length)}`))
    .sort();
}
