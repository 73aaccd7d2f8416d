import { cpus, loadavg, release, totalmem } from "node:os";
import { ansibleLane } from "./ansible";
import { pureFigures, recordedFigures, scriptFigures, stackFigures } from "./figures";
import { grownRows } from "./growth";
import { Hosts, addresses } from "./hosts";
import { connectionLanes } from "./onConnections";
import { pyinfraLane } from "./pyinfra";
import { asJson, asText, type Figure, type Measured, type Row } from "./report";
import type { Lane, Setting } from "./rows";
import { commandLane, floorPair, previewPair } from "./stacks";

export interface BenchOptions {
  readonly hosts: number;
  readonly rounds: number;
  readonly only: readonly string[];
  readonly growth: boolean;
  readonly sizes: readonly number[];
  readonly recording: string | undefined;
  readonly json: boolean;
}

/** Connections of a reading at a time: what the product does (provider/resources/observations.ts), and so what all others get. */
const concurrency = 64;

const began = Date.now();
const say = (text: string): void => void process.stdout.write(`[${String(Math.round((Date.now() - began) / 1000)).padStart(4)} s] ${text}\n`);

/** Measures and prints; resolves to the exit status: 1 where something asked for could not be measured. */
export async function bench(options: BenchOptions, print: (text: string) => void): Promise<number> {
  const run = new Bench(options);
  const measured = await run.all();
  print(options.json ? asJson(measured) : asText(measured));
  return measured.failures.length > 0 ? 1 : 0;
}

class Bench {
  private readonly rows: Row[] = [];
  private readonly figures: Figure[] = [];
  private readonly failures: string[] = [];
  private readonly disposals: (() => void)[] = [];

  constructor(private readonly options: BenchOptions) {}

  async all(): Promise<Measured> {
    const { hosts: count, sizes, growth } = this.options;
    const load = loadavg()[0] ?? 0;
    say("hosts: a simulated server is made ready by a real `pulumi up`; its files before and after are what all hosts show");
    const hosts = await Hosts.start(Math.max(count, ...(growth ? sizes : [])));
    const interrupted = (): void => void this.end(hosts).finally(() => process.exit(130));
    process.once("SIGINT", interrupted).once("SIGTERM", interrupted);
    try {
      await this.rounds(hosts);
      if (growth) await this.growth(hosts);
      await this.pure(hosts);
    } finally {
      process.off("SIGINT", interrupted).off("SIGTERM", interrupted);
      await this.end(hosts);
    }
    const machine = `${cpus().length} x ${cpus()[0]?.model ?? "?"}, ${Math.round(totalmem() / 2 ** 30)} GiB, Linux ${release()}, Node ${process.versions.node}, load ${load.toFixed(1)} before, ${(loadavg()[0] ?? 0).toFixed(1)} after`;
    return { hosts: count, concurrency, machine, rows: this.rows, figures: this.figures, failures: this.failures };
  }

  private async end(hosts: Hosts): Promise<void> {
    for (const dispose of this.disposals) dispose();
    await hosts.stop();
  }

  /** Every row once a round, so that whatever else the machine does hits all of them alike. */
  private async rounds(hosts: Hosts): Promise<void> {
    const { hosts: count, rounds } = this.options;
    const setting: Setting = { addresses: addresses(count), concurrency };
    const lanes = await this.lanes(hosts, setting);
    const taken = new Map<Lane, number[]>(lanes.map((lane) => [lane, []]));
    for (let round = 0; round < rounds; round++) {
      for (const lane of taken.keys()) await this.take(lane, round, taken);
      say(`round ${round + 1} of ${rounds}: ${lanes.map((lane) => `${lane.row} ${(taken.get(lane)?.at(-1) ?? Number.NaN).toFixed(2)} s`).join(", ")}`);
    }
    for (const [{ row, name }, seconds] of taken) this.rows.push({ row, name, hosts: count, rounds: seconds });
    await this.after();
  }

  /** A lane that fails once is out, by name. */
  private async take(lane: Lane, round: number, taken: Map<Lane, number[]>): Promise<void> {
    try {
      taken.get(lane)?.push(await lane.take(round));
    } catch (error) {
      taken.delete(lane);
      this.failed(`${lane.row} (${lane.name})`, error);
    }
  }

  private failed(what: string, error: unknown): void {
    const says = `${what}: ${error instanceof Error ? error.message : String(error)}`;
    this.failures.push(says);
    say(`FAILED ${says}`);
  }

  /** Runs after the rounds: what is counted, not timed. */
  private after: () => Promise<void> = () => Promise.resolve();

  private async lanes(hosts: Hosts, setting: Setting): Promise<Lane[]> {
    const lanes: Lane[] = [];
    const wanted = (row: string): boolean => this.options.only.includes(row);
    const prepare = async (row: string, what: string, make: () => Promise<readonly Lane[]>): Promise<void> => {
      if (!wanted(row)) return;
      say(`preparing row ${row}: ${what}`);
      await make().then((made) => lanes.push(...made), (error: unknown) => this.failed(`${row} (${what})`, error));
    };
    const reading = connectionLanes(hosts, setting, this.options.only);
    lanes.push(...reading.lanes);
    await prepare("c", "our preview (an `up` of all hosts first)", async () => {
      const pair = await previewPair(hosts, setting);
      this.disposals.push(pair.dispose);
      this.after = async () => {
        say("memory and state, in a run of their own");
        const { hosts: count } = this.options;
        this.figures.push(...await stackFigures(pair, count, () => pair.lanes[1]?.take(0) ?? Promise.resolve()));
        if (reading.peakKilobytes() > 0) this.figures.push({ name: "our reading, peak memory of the process", value: reading.peakKilobytes() / 1000, unit: "MB" });
      };
      return pair.lanes;
    });
    await prepare("g", "trivial dynamic resources", async () => {
      const pair = await floorPair(hosts, setting);
      this.disposals.push(pair.dispose);
      return pair.lanes;
    });
    await prepare("d", "Ansible", async () => [await ansibleLane(hosts, setting)]);
    await prepare("e", "pyinfra", async () => [await pyinfraLane(hosts, setting)]);
    await prepare("f", "@pulumi/command", async () => {
      const { lane, dispose } = await commandLane(hosts, setting);
      this.disposals.push(dispose);
      return [lane];
    });
    return lanes;
  }

  private async growth(hosts: Hosts): Promise<void> {
    for (const size of this.options.sizes) {
      say(`growth: ${size} hosts`);
      try {
        this.rows.push(...await grownRows(hosts, { addresses: addresses(size), concurrency }, Math.min(this.options.rounds, 3)));
      } catch (error) {
        this.failed(`growth to ${size} hosts`, error);
      }
    }
  }

  private async pure(hosts: Hosts): Promise<void> {
    say("the reading script on the host, planner and rules");
    this.figures.push(...scriptFigures("below the bench's tree", hosts.tree), ...scriptFigures("on this machine's own root", undefined));
    this.figures.push(...await pureFigures("bench server", hosts.tree));
    if (this.options.recording !== undefined) this.figures.push(...await recordedFigures(this.options.recording));
  }
}
