import { readFileSync } from "node:fs";
import { descendants } from "../beds/sshd/processes";

/** Highest resident memory, in kilobytes, of one process of each kind below this one, and of all of these kinds at one moment ("together"). */
export interface Peaks {
  readonly [name: string]: number;
}

const kinds: Readonly<Record<string, RegExp>> = {
  program: /@pulumi\/pulumi\/cmd\/run/,
  provider: /dynamic-provider/,
  engine: /(^|\/)pulumi\0/,
  rollout: /\/cli\/main\.js\0rollout/,
};

/** Watches the processes below this one while `work` runs. The watching itself takes time: nothing is timed meanwhile that takes less than minutes. */
export async function peaksOf(work: () => Promise<unknown>, everyMilliseconds = 100): Promise<Peaks> {
  const peaks: Record<string, number> = {};
  const look = (): void => {
    let together = 0;
    for (const pid of descendants(process.pid)) {
      const command = readOrEmpty(`/proc/${pid}/cmdline`);
      const kind = Object.keys(kinds).find((name) => kinds[name]?.test(command));
      if (kind === undefined) continue;
      const status = readOrEmpty(`/proc/${pid}/status`);
      const kilobytes = (name: string): number => Number(new RegExp(`^${name}:\\s+(\\d+)`, "m").exec(status)?.[1] ?? 0);
      peaks[kind] = Math.max(peaks[kind] ?? 0, kilobytes("VmHWM"));
      together += kilobytes("VmRSS");
    }
    if (together > 0) peaks["together"] = Math.max(peaks["together"] ?? 0, together);
  };
  const timer = setInterval(look, everyMilliseconds);
  try {
    await work();
  } finally {
    clearInterval(timer);
  }
  return peaks;
}

/** "" for a process that ended meanwhile. */
function readOrEmpty(path: string): string {
  try {
    return readFileSync(path, "utf8");
  } catch {
    return "";
  }
}
