import { existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { tools } from "../beds/engine/engine";
import { timed } from "./command";

/** What the peers are, pinned: a newer version is a decision, and another folder of the cache. */
export const versions = { ansible: "2.19.14", pyinfra: "3.10.0", command: "1.2.1", pulumi: "3.270.0" } as const;

/** Where a peer is kept between runs: test/run/common.mjs says the same. */
const cache = (): string => join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pulumi-gpuhost", "bench");

/** A folder made whole or not at all. `made` must be there when it is whole. */
async function kept(name: string, made: string, make: (folder: string) => Promise<unknown>): Promise<string> {
  const folder = join(cache(), name);
  if (existsSync(join(folder, made))) return folder;
  const partial = `${folder}.partial-${process.pid}`;
  mkdirSync(partial, { recursive: true });
  try {
    await make(partial);
    rmSync(folder, { recursive: true, force: true });
    renameSync(partial, folder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return folder;
}

/** A virtual environment with one package, by pip; resolves to its Python. It is asked for modules only: scripts name the folder they were made in. */
async function python(requirement: string): Promise<string> {
  const folder = await kept(requirement.replace("==", "-"), "whole", async (place) => {
    await timed("python3", ["-m", "venv", place]);
    await timed(join(place, "bin", "python"), ["-m", "pip", "install", "--quiet", "--disable-pip-version-check", requirement]);
    writeFileSync(join(place, "whole"), "");
  });
  return join(folder, "bin", "python");
}

export const ansiblePython = (): Promise<string> => python(`ansible-core==${versions.ansible}`);
export const pyinfraPython = (): Promise<string> => python(`pyinfra==${versions.pyinfra}`);

/** node_modules with @pulumi/command and an SDK, and the folder that has its plugin; `env` is the engine's. */
export async function commandPackage(env: NodeJS.ProcessEnv): Promise<{ readonly modules: string; readonly plugins: string }> {
  const modules = await kept(`command-${versions.command}`, "node_modules/@pulumi/command/package.json", async (place) => {
    const dependencies = { "@pulumi/command": versions.command, "@pulumi/pulumi": versions.pulumi };
    writeFileSync(join(place, "package.json"), JSON.stringify({ private: true, dependencies }));
    // Its install script would fetch the plugin, which comes below.
    await timed("npm", ["install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"], { cwd: place });
  });
  return { modules: join(modules, "node_modules"), plugins: await commandPlugin(env) };
}

/** A folder that has pulumi-resource-command: on PATH, in the cache, or as the engine installs it. */
async function commandPlugin(env: NodeJS.ProcessEnv): Promise<string> {
  const name = "pulumi-resource-command";
  const onPath = (env["PATH"] ?? "").split(":").find((folder) => existsSync(join(folder, name)));
  if (onPath !== undefined) return onPath;
  const home = await kept(`command-plugin-${versions.command}`, "whole", async (place) => {
    await timed(tools().pulumi, ["plugin", "install", "resource", "command", versions.command, "--non-interactive"], { env: { ...env, PULUMI_HOME: place } });
    writeFileSync(join(place, "whole"), "");
  });
  return join(home, "plugins", `resource-command-v${versions.command}`);
}
