import { existsSync, mkdtempSync, readlinkSync, rmSync, statSync } from "node:fs";
import { cp, symlink, unlink } from "node:fs/promises";
import { tmpdir } from "node:os";
import { dirname, join, relative, resolve } from "node:path";
import { InputError } from "../errors";
import { linksIn } from "./treeLinks";

/** A recorded tree that the reading script can be pointed at with GPUHOST_ROOT. */
export interface RecordedTree {
  readonly root: string;
  close(): Promise<void>;
}

/** Opens a recorded root tree: a directory, or a recording made by `gpuhost record`. */
export async function openRecording(path: string): Promise<RecordedTree> {
  if (!existsSync(path)) throw new InputError("no-such-recording", `${path} is not there`);
  if (statSync(path).isDirectory()) return openDirectory(resolve(path));
  const { unpackRecording } = await import("./recordingArchive.js");
  return temporary((directory) => unpackRecording(path, directory));
}

/** Absolute links in a recorded tree mean "below the tree"; where there are any, a copy has them rewritten. */
async function openDirectory(root: string): Promise<RecordedTree> {
  if (root === "/") throw new InputError("no-such-recording", "--root / is this machine: leave --root out to read it");
  const absolute = absoluteLinks(root);
  if (absolute.length === 0) return { root, close: () => Promise.resolve() };
  return temporary(async (directory) => {
    await cp(root, directory, { recursive: true, verbatimSymlinks: true });
    for (const path of absolute) {
      const copy = join(directory, relative(root, path));
      const target = join(directory, readlinkSync(path));
      await unlink(copy);
      await symlink(relative(dirname(copy), target), copy);
    }
  });
}

function absoluteLinks(root: string): string[] {
  return linksIn(root).filter((path) => readlinkSync(path).startsWith("/"));
}

async function temporary(fill: (directory: string) => Promise<void>): Promise<RecordedTree> {
  const directory = mkdtempSync(join(tmpdir(), "gpuhost-"));
  const close = (): Promise<void> => Promise.resolve(rmSync(directory, { recursive: true, force: true }));
  try {
    await fill(directory);
  } catch (error) {
    await close();
    throw error;
  }
  return { root: directory, close };
}
