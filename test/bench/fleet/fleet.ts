import { cpus, loadavg, release, totalmem } from "node:os";
import { peaksOf } from "../processes";
import { FleetHosts } from "./hosts";
import { kinds, member } from "./kinds";
import { fleetAsJson, fleetAsText, totals, type FleetMeasured, type Stacked } from "./report";
import type { Look } from "./serve";
import { finished, previewed } from "./stacks";
import { disturbed, wrongWith } from "./truth";

export interface FleetOptions {
  /** Simulated hosts. */
  readonly fleet: number;
  readonly stackSize: number;
  readonly stacksAtOnce: number;
  readonly json: boolean;
}

/** Memory is looked at so often: a process keeps its own highest mark, so only one that ends in between is missed by its last moment. */
const lookEveryMilliseconds = 1000;

const began = Date.now();
const say = (text: string): void => void process.stdout.write(`[${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s] ${text}\n`);

/** Previews a fleet in one stack, carries it to its end in many, and holds every host against what it is; 1 where one ended otherwise. */
export async function benchFleet(options: FleetOptions, print: (text: string) => void): Promise<number> {
  const measured = await new FleetRun(options).all();
  print(options.json ? fleetAsJson(measured) : fleetAsText(measured));
  return measured.failures.length > 0 ? 1 : 0;
}

class FleetRun {
  private readonly failures: string[] = [];

  constructor(private readonly options: FleetOptions) {}

  async all(): Promise<FleetMeasured> {
    const { fleet: count, stackSize, stacksAtOnce } = this.options;
    const load = loadavg()[0] ?? 0;
    say(`${count} simulated hosts are switched on`);
    const hosts = await FleetHosts.start(count);
    const interrupted = (): void => void hosts.stop().finally(() => process.exit(130));
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    try {
      const preview = await this.preview(hosts);
      const rollout = await this.rollout(hosts);
      const bed = { seconds: hosts.seconds, megabytes: (await hosts.look()).megabytes };
      const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}, load ${load.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
      return { hosts: count, stackSize, stacksAtOnce, machine, bed, kinds: kindsOf(count), preview, rollout, failures: this.failures };
    } finally {
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      await hosts.stop();
    }
  }

  private async preview(hosts: FleetHosts): Promise<FleetMeasured["preview"]> {
    say(`all are up; preview of them in one stack`);
    let made: Awaited<ReturnType<typeof previewed>> | undefined;
    try {
      const peaks = await peaksOf(async () => { made = await previewed(hosts); }, lookEveryMilliseconds);
      say(`previewed in ${(made?.seconds ?? 0).toFixed(0)} s; kilobytes at most: ${JSON.stringify(peaks)}`);
      return made && { ...made, peaks };
    } catch (error) {
      this.failed("preview in one stack", error);
      return undefined;
    }
  }

  private async rollout(hosts: FleetHosts): Promise<FleetMeasured["rollout"]> {
    const { fleet: count, stackSize, stacksAtOnce } = this.options;
    const waiting = Array.from({ length: Math.ceil(count / stackSize) }, (_, nth) => nth * stackSize);
    const stacks: Stacked[] = [];
    const lane = async (): Promise<void> => {
      for (let from = waiting.shift(); from !== undefined; from = waiting.shift()) await this.stack(hosts, from, Math.min(count, from + stackSize), stacks);
    };
    const begun = performance.now();
    const peaks = await peaksOf(() => Promise.all(Array.from({ length: stacksAtOnce }, lane)), lookEveryMilliseconds);
    return { seconds: (performance.now() - begun) / 1000, peaks, stacks: stacks.toSorted((one, other) => one.from - other.from) };
  }

  /** One that fails keeps no other from its turn. */
  private async stack(hosts: FleetHosts, from: number, to: number, stacks: Stacked[]): Promise<void> {
    const looks = async (): Promise<readonly Look[]> => (await hosts.look()).looks.slice(from, to);
    try {
      say(`hosts ${from + 1} to ${to}: rollout`);
      let before: readonly Look[] = [];
      const done = await finished(hosts, from, to, async () => { before = await looks(); });
      const after = await looks();
      for (const [at, was] of before.entries()) {
        const { name } = member(was.index);
        const because = Object.entries(done.summary.refusals).flatMap(([cause, of]) => (of.includes(name) ? [cause] : []));
        this.failures.push(...[wrongWith(was, done.summary.hosts[name], because), disturbed(was, after[at] ?? was)].filter((one) => one !== undefined));
      }
      const stack = { ...done, from, count: to - from };
      stacks.push(stack);
      say(`hosts ${from + 1} to ${to}: at the end after ${done.seconds.toFixed(0)} s, second up ${done.again.seconds.toFixed(0)} s; ${JSON.stringify(totals([stack]))}`);
    } catch (error) {
      this.failed(`hosts ${from + 1} to ${to}`, error);
    }
  }

  private failed(what: string, error: unknown): void {
    const says = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    this.failures.push(says);
    say(`FAILED ${says}`);
  }
}

/** Hosts of each kind among so many. */
function kindsOf(count: number): Record<string, number> {
  const all = Array.from({ length: count }, (_, index) => member(index).kind.name);
  return Object.fromEntries(kinds.map(({ name }) => [name, all.filter((one) => one === name).length]));
}
