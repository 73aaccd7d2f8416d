import { existsSync, mkdirSync, readFileSync } from "node:fs";
import { delimiter, join, resolve } from "node:path";

/** The checkout. */
export const root = resolve(__dirname, "..", "..", "..");

export interface Tools {
  /** The engine's path and version, e.g. "v3.259.0". */
  readonly pulumi: string;
  readonly version: string;
  /** First on PATH of every run: Node 24, engine, language host. */
  readonly folders: readonly string[];
}

/** What `npm run toolchain` found or made; throws where it was never run. */
export function tools(): Tools {
  const file = join(root, "node_modules", ".cache", "pulumi-gpuhost", "tools.json");
  if (!existsSync(file)) throw new Error("The engine bed needs the Pulumi engine: run `npm run toolchain` first.");
  const found = JSON.parse(readFileSync(file, "utf8")) as Tools;
  if (!existsSync(found.pulumi)) throw new Error(`The engine is gone (${found.pulumi}): run \`npm run toolchain\` again.`);
  return found;
}

/**
 * Environment of an engine that nobody is logged in to: its own home, cache and file state under `folder`, a fixed passphrase, no
 * update check. Pulumi settings of whoever runs the tests do not reach it.
 */
export function engine(folder: string, more: Readonly<Record<string, string>> = {}): Record<string, string> {
  const state = join(folder, "state");
  mkdirSync(state, { recursive: true });
  const inherited = Object.entries(process.env).filter(
    (entry): entry is [string, string] => entry[1] !== undefined && !/^(PULUMI_|npm_|VITEST|NODE_OPTIONS|NODE_ENV)/.test(entry[0]),
  );
  return {
    ...Object.fromEntries(inherited),
    PATH: [...tools().folders, process.env["PATH"] ?? ""].join(delimiter),
    PULUMI_HOME: join(folder, "home"),
    PULUMI_BACKEND_URL: `file://${state}`,
    // Where a preview leaves what it showed.
    XDG_CACHE_HOME: join(folder, "cache"),
    PULUMI_CONFIG_PASSPHRASE: "passphrase of a test",
    PULUMI_SKIP_UPDATE_CHECK: "1",
    NO_COLOR: "1",
    ...more,
  };
}
