import { existsSync, readdirSync } from "node:fs";
import { join, parse } from "node:path";
import { matchesPattern } from "./wildcard";

/** Files that an absolute path with `*` and `?` stands for, in the order of glob(7): by name, dot files only when named. */
export function globFiles(pattern: string): string[] {
  const { root } = parse(pattern);
  let paths = [root];
  for (const part of pattern.slice(root.length).split("/").filter((name) => name !== "")) {
    paths = paths.flatMap((path) => (/[*?]/.test(part) ? list(path, part) : [join(path, part)]));
  }
  return paths.filter((path) => existsSync(path));
}

function list(folder: string, pattern: string): string[] {
  let names: string[];
  try {
    names = readdirSync(folder);
  } catch {
    return [];
  }
  const visible = names.filter((name) => pattern.startsWith(".") || !name.startsWith("."));
  return visible.filter((name) => matchesPattern(pattern, name)).sort().map((name) => join(folder, name));
}
