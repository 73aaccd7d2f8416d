import { setTimeout as sleep } from "node:timers/promises";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { bootState } from "../vm/footprint";
import { connectionTo } from "../vm/labStack";
import type { SoakBed, SoakHost } from "./bed";
import { listSteps, type SoakStep } from "./steps";

const card = topologies.basic.cards["first"]!;
const bootDeadlineSeconds = 400;
/** The steps that take long are the ones in which something is half done. A short one is over by then, and the next one is hit. */
const intoTheStepSeconds = 2;

/** Virtual machines with a real kernel, on a disk that survives a power cut as far as it was synced. */
export function vmBed(): SoakBed {
  return {
    name: "vm",
    holds: false,
    start: async () => new VmSoakHost(await startLabHost({ cache: "writeback", name: "soak" })),
    stop: () => Promise.resolve(),
  };
}

class VmSoakHost implements SoakHost {
  readonly args: Record<string, unknown>;

  constructor(private readonly host: LabHost) {
    this.args = {
      connection: connectionTo(host),
      cards: [{ address: card.functions[0], id: card.ids[0] }],
      kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
      reboot: "whenNeeded",
    };
  }

  /** Asked again and again from a fresh session each time a reboot took the last one. */
  async reaches({ owner, line }: SoakStep): Promise<void> {
    const seen = `grep -lsx '${line}' /var/lib/gpuhost/transactions/*/log | while read -r log; do grep -qx ${owner} "\${log%/log}/owner" && echo seen; done`;
    const waits = `i=0; while [ $i -lt 600 ]; do [ -z "$(${seen})" ] || exit 0; sleep 0.2; i=$((i+1)); done; exit 1`;
    for (const end = Date.now() + 900_000; Date.now() < end; await sleep(500)) {
      if ((await this.host.ssh(waits, { timeoutSeconds: 300 })).code === 0) return sleep(intoTheStepSeconds * 1000);
    }
    throw new Error(`the host never was in ${owner} ${line}`);
  }

  /** Removing the forward closes the port for new connections; those that stand end with the user's processes. */
  async cutSessions(): Promise<void> {
    await this.host.ssh("pkill -KILL -u ops; true");
    await this.host.hostfwdRemove();
    await sleep(5_000);
    await this.host.hostfwdAdd();
  }

  async powerCut(): Promise<void> {
    await this.host.powerCut();
    await this.host.startAgain();
    await this.host.waitForSsh(bootDeadlineSeconds);
  }

  release(): Promise<void> {
    return Promise.resolve();
  }

  async stepsSoFar(): Promise<string[]> {
    return (await this.host.read(listSteps(""))).split("\n");
  }

  async state(): Promise<string[]> {
    const left = await this.host.read("cd /var/lib/gpuhost 2>/dev/null && find files devices trial -mindepth 1 2>/dev/null | sed 's/^/left: /'; true");
    return [...await bootState(this.host), ...left.split("\n").filter(Boolean)];
  }

  stop(): Promise<void> {
    return this.host.stop();
  }
}
