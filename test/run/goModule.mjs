// Go programs that tests need and that nobody may have a release of: built once from a module of ours, and kept between checkouts.
import { mkdirSync, renameSync, rmSync } from "node:fs";
import { join } from "node:path";
import { Stop, cacheFolder, onPath, run, say } from "./common.mjs";

/** A folder of the cache made whole or not at all: `make` fills a folder beside it, which is then renamed. */
export async function kept(name, isThere, make) {
  const folder = join(cacheFolder(), name);
  if (isThere(folder)) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(join(partial, "bin"), { recursive: true });
  try {
    await make(partial);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } catch (error) {
    // Another run may have finished the same folder first; then there is nothing to complain about.
    if (!isThere(folder)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** Builds `command` in the module of `folder` into `file`; `instead` says what helps where there is no Go. */
export async function goBuild({ what, version, folder, command, file, linkFlags = [], instead }) {
  if (!onPath("go")) throw new Stop(`${what} is not here and cannot be built: no Go on PATH.\n${instead}`);
  say(`${what}: building ${version} from its Go module (some minutes the first time)`);
  let packages = 0;
  const { status, output } = await run("go", ["build", "-v", "-trimpath", "-ldflags", ["-s", "-w", ...linkFlags].join(" "), "-o", file, command], {
    cwd: folder,
    env: { ...process.env, GOFLAGS: `${process.env.GOFLAGS ?? ""} -buildvcs=false`.trim(), GOWORK: "off" },
    onLine: (line) => { if (!line.startsWith("go: ")) packages += 1; },
    what: () => `${what}: compiling, ${packages} packages done`,
  });
  if (status !== 0) throw new Stop(`${what} ${version} could not be built:\n${output.split("\n").slice(-20).join("\n")}`);
}
