import { readFileSync, readdirSync } from "node:fs";

export function signal(pid: number, name: NodeJS.Signals): void {
  try {
    process.kill(pid, name);
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code !== "ESRCH") throw cause;
  }
}

/** Processes below a process, its own excepted. */
export function descendants(parent: number): number[] {
  const parents = new Map<number, number>();
  for (const entry of readdirSync("/proc").filter((name) => /^\d+$/.test(name))) {
    try {
      const stat = readFileSync(`/proc/${entry}/stat`, "utf8");
      parents.set(Number(entry), Number(stat.slice(stat.lastIndexOf(")") + 2).split(" ")[1]));
    } catch {
      // It ended between the listing and the reading.
    }
  }
  const children = (of: number): number[] => [...parents].filter(([, above]) => above === of).map(([pid]) => pid);
  const below = (of: number): number[] => children(of).flatMap((pid) => [pid, ...below(pid)]);
  return below(parent);
}
