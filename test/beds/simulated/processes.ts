import { mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/**
 * Ends everything that runs on a simulated host, detached or not: a reboot or a power cut leaves nothing behind. A process is
 * known by GPUHOST_ROOT in its environment, which is a folder of this host alone.
 */
export function killAll(root: string): void {
  for (let round = 0; round < 5; round += 1) {
    const found = running(root);
    if (found.length === 0) return;
    for (const pid of found) signal(pid);
  }
}

export function running(root: string): number[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name)).map(Number);
  return pids.filter((pid) => pid !== process.pid && environment(pid).includes(`GPUHOST_ROOT=${root}`));
}

/** Shows the host's processes in its own /proc: whoever holds a lock there is looked for by its number. */
export function showProcesses(root: string): void {
  const alive = new Set(running(root).map(String));
  const shown = readdirSync(join(root, "proc")).filter((name) => /^\d+$/.test(name));
  for (const pid of shown) if (!alive.has(pid)) rmSync(join(root, "proc", pid), { recursive: true });
  for (const pid of alive) {
    mkdirSync(join(root, "proc", pid), { recursive: true });
    writeFileSync(join(root, "proc", pid, "stat"), statOf(pid));
  }
}

/** Holds when it started; "" for one that ended meanwhile. */
function statOf(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/stat`, "latin1");
  } catch {
    return "";
  }
}

function environment(pid: number): string[] {
  try {
    return readFileSync(`/proc/${pid}/environ`, "latin1").split("\0");
  } catch {
    // Gone meanwhile, or another user's.
    return [];
  }
}

function signal(pid: number): void {
  try {
    process.kill(pid, "SIGKILL");
  } catch {
    // Ended by itself.
  }
}
