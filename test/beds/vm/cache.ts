import { spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, readdirSync, renameSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { basename, dirname, join } from "node:path";
import { once } from "node:events";

/** Says one line about what is being done; long builds stay silent otherwise. */
export type Progress = (line: string) => void;

export const toStderr: Progress = (line) => void process.stderr.write(`lab: ${line}\n`);

/** `pulumi-gpuhost/lab` in the user's cache folder. */
export function cacheRoot(): string {
  return join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pulumi-gpuhost", "lab");
}

export function hashOf(...parts: string[]): string {
  return createHash("sha256").update(JSON.stringify(parts)).digest("hex").slice(0, 12);
}

/** The text of a file, or of all files of a folder with their paths, as one string to hash. */
export function contentOf(path: string): string {
  const names = readdirSync(path, { recursive: true, withFileTypes: true }).filter((entry) => entry.isFile());
  return names
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
    .map((file) => `${file.slice(path.length)}\n${readFileSync(file, "utf8")}`)
    .join("\n");
}

/** Holds an exclusive lock on a file while `work` runs. The kernel drops it when the holder dies, however it dies. */
async function locked<T>(file: string, progress: Progress, work: () => Promise<T>): Promise<T> {
  const holder = spawn("flock", [file, "sh", "-c", "echo locked; cat"], { stdio: ["pipe", "pipe", "inherit"] });
  const note = setTimeout(() => progress(`waiting for another build of ${basename(file, ".lock")}`), 2000);
  try {
    await Promise.race([once(holder.stdout, "data"), once(holder, "error").then(([error]) => Promise.reject(error as Error))]);
    clearTimeout(note);
    return await work();
  } finally {
    clearTimeout(note);
    holder.stdin.end();
  }
}

/**
 * The folder `name` of the cache, built if it is not there. The build gets an empty folder beside it, which takes the
 * name only when the build has succeeded; two runs that want the same folder build it once.
 */
export async function cached(
  name: string, progress: Progress, build: (folder: string) => Promise<void>, root = cacheRoot(),
): Promise<string> {
  const folder = join(root, name);
  if (existsSync(folder)) return folder;
  mkdirSync(dirname(folder), { recursive: true });
  return locked(`${folder}.lock`, progress, async () => {
    if (existsSync(folder)) return folder;
    const building = `${folder}.building`;
    rmSync(building, { recursive: true, force: true });
    mkdirSync(building);
    const from = Date.now();
    progress(`building ${name}`);
    await build(building);
    renameSync(building, folder);
    progress(`built ${name} in ${Math.round((Date.now() - from) / 1000)} s`);
    return folder;
  });
}
