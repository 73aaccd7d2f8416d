import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { root } from "../beds/engine/engine";
import { timed } from "./command";
import type { Hosts } from "./hosts";
import type { Lane, Setting } from "./rows";

interface WorkerSays {
  readonly seconds: number;
  readonly peakKilobytes: number;
}

export interface ReadingLanes {
  readonly lanes: readonly Lane[];
  /** Kilobytes at most of the last process that read all hosts. */
  readonly peakKilobytes: () => number;
}

/** Row a: handshake and `true`. Row b: our reading, once as what happens on the connections and once as a whole process. */
export function connectionLanes(hosts: Hosts, { addresses, concurrency }: Setting, rows: readonly string[]): ReadingLanes {
  const plan = join(hosts.home, `worker-${addresses.length}.json`);
  writeFileSync(plan, JSON.stringify({ hosts: addresses, concurrency, functions: hosts.functions, floor: hosts.login }));
  const worker = (what: string): Promise<{ readonly inside: WorkerSays; readonly seconds: number }> =>
    timed(process.execPath, [join(root, "test", "bench", "worker.mjs"), what, plan], { env: { ...process.env, HOME: hosts.home } })
      .then(({ stdout, seconds }) => ({ inside: JSON.parse(stdout) as WorkerSays, seconds }));
  let whole = 0;
  let peak = 0;
  const lanes: Lane[] = [
    { row: "a", name: "ssh2 handshake and true", take: async () => (await worker("floor")).inside.seconds },
    {
      row: "b", name: "our reading", take: async () => {
        const { inside, seconds } = await worker("observe");
        [whole, peak] = [seconds, Math.max(peak, inside.peakKilobytes)];
        return inside.seconds;
      },
    },
    { row: "b process", name: "our reading, start of Node included", take: () => Promise.resolve(whole) },
  ];
  return { lanes: lanes.filter(({ row }) => rows.includes(row[0] ?? "")), peakKilobytes: () => peak };
}
