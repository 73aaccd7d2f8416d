import { readdirSync } from "node:fs";
import { join } from "node:path";

/**
 * Every symbolic link in a tree. Written out, since `recursive` of Node's readdir follows links to directories in some versions, and
 * sysfs is full of circles (a device's group lists the device).
 */
export function linksIn(root: string): string[] {
  return readdirSync(root, { withFileTypes: true }).flatMap((entry) => {
    const path = join(root, entry.name);
    return entry.isSymbolicLink() ? [path] : entry.isDirectory() ? linksIn(path) : [];
  });
}
