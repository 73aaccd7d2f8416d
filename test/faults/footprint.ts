import { createHash } from "node:crypto";
import { lstatSync, readdirSync, readFileSync, readlinkSync, type Stats } from "node:fs";
import { join } from "node:path";
import type { Lines } from "../../provider/controllers/record";

/** What is no file on a disk, or a control of this bed. */
const notOnDisk = new Set(["sys", "proc", "run", "dev", "tmp", "gpuhost", ".simulated"]);

/** Everything on the host's disk: path to what is there, with its mode. Directories count. */
export type Footprint = ReadonlyMap<string, string>;

/** By content: hash of every file. `ours`: with /var/lib/gpuhost. */
export function footprint(root: string, ours = false): Footprint {
  const found = new Map<string, string>();
  walk(root, "", (path, stats) => {
    const mode = (stats.mode & 0o7777).toString(8);
    const at = join(root, path);
    if (stats.isSymbolicLink()) found.set(path, `link to ${readlinkSync(at)}`);
    else if (stats.isDirectory()) found.set(path, `directory ${mode}`);
    else if (stats.isFile()) found.set(path, `${mode} ${createHash("sha256").update(readFileSync(at)).digest("hex")}`);
  }, ours);
  return found;
}

/** By what the file system itself notes of every write, rename and chmod: cheap, and sees also what was put back. */
export function marks(root: string): Footprint {
  const found = new Map<string, string>();
  walk(root, "", (path, stats) => void found.set(path, stats.isDirectory() ? "directory" : `${stats.ino} ${stats.size} ${stats.ctimeMs}`), true);
  return found;
}

/** Paths that are not the same in both. */
export function changed(before: Footprint, after: Footprint): string[] {
  return [...new Set([...before.keys(), ...after.keys()])].filter((path) => before.get(path) !== after.get(path)).sort();
}

/** Which of these paths no reviewed line named: what a plan says in words is a file here. */
export function unreviewed(paths: readonly string[], plans: readonly Lines[]): string[] {
  const named = new Set(plans.flatMap((lines) => Object.keys(lines)));
  const patterns = [...named].flatMap((target) => [...(byTarget[target] ?? []), ...(target.startsWith("file ") ? [exactly(target.slice(5))] : [])]);
  // With the first plan that was carried out comes our own journal.
  if (named.size > 0) patterns.push(/^\/var\/lib\/gpuhost(\/|$)/);
  return paths.filter((path) => !patterns.some((pattern) => pattern.test(path)));
}

const byTarget: Readonly<Record<string, readonly RegExp[]>> = {
  "boot entries": [/^\/boot\/grub\/(grub\.cfg|grubenv)(\.new)?$/, exactly("/etc/grub.d/42_gpuhost_trial"), /^\/boot\/grub\/\.grub\.cfg\.gpuhost-new$/],
  initramfs: [/^\/boot\/\.?(gpuhost-)?initrd\.img-[^/]*$/],
};

/** The file, the draft of it beside it, and the folders that lead to it. */
function exactly(path: string): RegExp {
  const quoted = (text: string): string => text.replaceAll(/[.*+?^${}()|[\]\\]/g, "\\$&");
  const at = path.lastIndexOf("/");
  const folders = path.slice(1, at).split("/").map((_, index, all) => `/${all.slice(0, index + 1).join("/")}`);
  const names = [path, `${path.slice(0, at)}/.${path.slice(at + 1)}.gpuhost-new`, ...folders];
  return new RegExp(`^(${names.map(quoted).join("|")})$`);
}

function walk(root: string, below: string, found: (path: string, stats: Stats) => void, ours: boolean): void {
  for (const name of entries(join(root, below))) {
    const path = `${below}/${name}`;
    if ((below === "" && notOnDisk.has(name)) || (!ours && path === "/var/lib/gpuhost")) continue;
    const stats = lstatSync(join(root, path), { throwIfNoEntry: false });
    // Gone between two looks: the host is at work.
    if (stats === undefined) continue;
    try {
      found(path, stats);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "ENOENT") throw error;
      continue;
    }
    if (stats.isDirectory()) walk(root, path, found, ours);
  }
}

function entries(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}
