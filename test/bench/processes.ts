import { readFileSync } from "node:fs";
import { descendants } from "../beds/sshd/processes";

/** Highest resident memory, in kilobytes, of the processes below this one whose command line matches. */
export interface Peaks {
  readonly [name: string]: number;
}

const kinds: Readonly<Record<string, RegExp>> = {
  program: /@pulumi\/pulumi\/cmd\/run/,
  provider: /dynamic-provider/,
  engine: /(^|\/)pulumi\0/,
};

/** Watches the processes below this one while `work` runs. The watching itself takes time, so nothing is timed meanwhile. */
export async function peaksOf(work: () => Promise<unknown>): Promise<Peaks> {
  const peaks: Record<string, number> = {};
  const look = (): void => {
    for (const pid of descendants(process.pid)) {
      const command = readOrEmpty(`/proc/${pid}/cmdline`);
      const kind = Object.keys(kinds).find((name) => kinds[name]?.test(command));
      const peak = /^VmHWM:\s+(\d+)/m.exec(readOrEmpty(`/proc/${pid}/status`))?.[1];
      if (kind !== undefined && peak !== undefined) peaks[kind] = Math.max(peaks[kind] ?? 0, Number(peak));
    }
  };
  const timer = setInterval(look, 100);
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
