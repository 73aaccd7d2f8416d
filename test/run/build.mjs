// `npm run build`: compiles provider/ to dist/, puts the host's scripts beside it and makes the command executable.
import { chmodSync, copyFileSync, existsSync, mkdirSync, readdirSync, rmSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { pathToFileURL } from "node:url";
import { Stop, binFolder, node24, root, run, say, script } from "./common.mjs";

const provider = join(root, "provider");
const dist = join(root, "dist");
/** Files that are no TypeScript and that the code reads at run time. */
const beside = /\.(sh|json)$/;
const everythingIn = (folder) => readdirSync(folder, { recursive: true });

export async function build() {
  mkdirSync(dist, { recursive: true });
  const { status, output } = await run(node24, [join(binFolder, "tsc"), "-p", "tsconfig.json"], { what: "build: tsc" });
  // What is no longer in provider/ must not linger in the package.
  for (const path of everythingIn(dist).filter((file) => file.endsWith(".js"))) {
    if (existsSync(join(provider, path.replace(/\.js$/, ".ts")))) continue;
    for (const stale of [path, path.replace(/\.js$/, ".d.ts")]) rmSync(join(dist, stale), { force: true });
  }
  for (const path of everythingIn(provider).filter((file) => beside.test(file))) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    copyFileSync(join(provider, path), join(dist, path));
  }
  const command = join(dist, "cli", "main.js");
  if (existsSync(command)) chmodSync(command, 0o755);
  // Last, because tsc writes its output all the same and tests of the rest can use it.
  if (status !== 0) throw new Stop(`build: tsc found errors\n${output}`);
  say(`build: provider/ compiled to ${relative(root, dist)}/`);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await script(build);
