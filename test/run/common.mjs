// What every script behind an npm command shares. Plain JavaScript on purpose: it must start under Node 20 with no
// node_modules, because installing them is what some of these scripts do.
import { spawn, spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = dirname(dirname(dirname(fileURLToPath(import.meta.url))));
export const binFolder = join(root, "node_modules", ".bin");
/** Node 24 from the npm package `node`; there once node_modules is. */
export const node24 = join(binFolder, "node");

/** Where what is expensive to make is kept between checkouts and runs. */
export function cacheFolder() {
  const base = process.env.XDG_CACHE_HOME || join(homedir(), ".cache");
  return join(base, "pulumi-gpuhost");
}

// `npm run toolchain | head` is no reason for a stack trace.
process.stdout.on("error", (error) => { if (error.code !== "EPIPE") throw error; });

const started = Date.now();
export const seconds = () => Math.round((Date.now() - started) / 1000);

/** One line of progress, with the time since the script began: nobody should have to guess whether it hangs. */
export function say(text) {
  process.stdout.write(`[${String(seconds()).padStart(4)} s] ${text}\n`);
}

/** A failure whose message is the whole story: no stack trace is printed for it. */
export class Stop extends Error {}

/** Runs `main` and turns a Stop into one clean line and exit status 1. */
export async function script(main) {
  try {
    process.exitCode = (await main()) ?? 0;
  } catch (error) {
    process.stderr.write(error instanceof Stop ? `${error.message}\n` : `${error.stack}\n`);
    process.exitCode = 1;
  }
}

/** The environment with `folders` first on PATH. */
export function environmentWith(folders, base = process.env) {
  return { ...base, PATH: [...folders, base.PATH ?? ""].join(delimiter) };
}

/** The environment without this checkout's node_modules/.bin, for the command that is about to replace it. */
export function environmentWithoutModules() {
  const folders = (process.env.PATH ?? "").split(delimiter).filter((folder) => !folder.startsWith(root));
  return { ...process.env, PATH: folders.join(delimiter) };
}

/**
 * Runs a command. `onLine` gets each line of its output (default: kept for the failure message only); a line of
 * progress is said every 15 s while it is silent. Resolves to {status, output}; `deadlineSeconds` ends it with
 * status null.
 */
export function run(command, args, { cwd = root, env = process.env, onLine, what, deadlineSeconds } = {}) {
  return new Promise((resolve, reject) => {
    const child = spawn(command, args, { cwd, env, stdio: ["ignore", "pipe", "pipe"] });
    let output = "";
    const began = Date.now();
    const heartbeat = what && setInterval(() => {
      const progress = typeof what === "function" ? what() : what;
      say(`${progress}, ${Math.round((Date.now() - began) / 1000)} s so far`);
    }, 15_000);
    const deadline = deadlineSeconds && setTimeout(() => child.kill("SIGKILL"), deadlineSeconds * 1000);
    const end = () => [clearInterval(heartbeat), clearTimeout(deadline)];
    for (const stream of [child.stdout, child.stderr]) {
      let rest = "";
      stream.setEncoding("utf8");
      stream.on("data", (text) => {
        output += text;
        const lines = (rest + text).split("\n");
        rest = lines.pop();
        if (onLine) for (const line of lines) onLine(line);
      });
      stream.on("end", () => rest && onLine?.(rest));
    }
    child.on("error", (error) => { end(); reject(error); });
    child.on("close", (status) => { end(); resolve({ status, output }); });
  });
}

/** Text of a quick command, or undefined where it does not exist or fails. */
export function ask(command, args, env = process.env) {
  const { status, stdout } = spawnSync(command, args, { env, encoding: "utf8", stdio: ["ignore", "pipe", "ignore"], timeout: 20_000 });
  return status === 0 ? stdout.trim() : undefined;
}

/** First file of that name on PATH. */
export function onPath(name, path = process.env.PATH ?? "") {
  return path.split(delimiter).filter(Boolean).map((folder) => join(folder, name)).find((file) => existsSync(file));
}

export const readJson = (file) => JSON.parse(readFileSync(file, "utf8"));

/** Runs this same script again under Node 24 and resolves to its exit status; undefined when it is running there. */
export async function again(extraFolders = []) {
  if (Number(process.versions.node.split(".")[0]) >= 24) return undefined;
  const child = spawn(node24, process.argv.slice(1), {
    cwd: root, env: environmentWith([binFolder, ...extraFolders]), stdio: ["ignore", "inherit", "inherit"],
  });
  return new Promise((resolve, reject) => child.on("error", reject).on("close", (status) => resolve(status ?? 1)));
}
