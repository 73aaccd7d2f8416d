// `npm run toolchain`: node_modules, Node 24 and the Pulumi engine, found or made, and one line for each that says
// which. Other scripts call toolchain() and get the folders to put on PATH.
import { chmodSync, copyFileSync, existsSync, mkdirSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import { pathToFileURL } from "node:url";
import {
  Stop, ask, binFolder, environmentWith, environmentWithoutModules, node24, onPath, readJson, root, run, say, script,
} from "./common.mjs";
import { goBuild, kept } from "./goModule.mjs";

const modules = join(root, "test", "beds", "engine", "modules");
const minimumEngine = [3, 255, 0];
/** What is installed or built where PATH has no engine that is new enough. */
const engineVersion = "v3.259.0";
const languageHostVersion = "v3.68.0";
/** What a release of the engine has beside it for programs of ours. */
const companions = ["pulumi-language-nodejs", "pulumi-resource-pulumi-nodejs"];
/** Where the folders found are written for the test beds, which cannot wait for a promise. */
const toolsFile = join(root, "node_modules", ".cache", "pulumi-gpuhost", "tools.json");

/** True when every package of the lock file is installed in its version: npm keeps its own list of what it put there. */
function modulesAreCurrent() {
  const installed = join(root, "node_modules", ".package-lock.json");
  if (!existsSync(installed) || !existsSync(node24)) return false;
  const have = readJson(installed).packages;
  return Object.entries(readJson(join(root, "package-lock.json")).packages)
    .filter(([path, entry]) => path.startsWith("node_modules/") && !entry.optional && !entry.peer)
    .every(([path, entry]) => have[path] && have[path].version === entry.version);
}

async function nodeModules() {
  if (modulesAreCurrent()) return say("node_modules: as package-lock.json says");
  say("node_modules: missing or older than package-lock.json, running npm ci");
  const { status, output } = await run("npm", ["ci", "--no-audit", "--no-fund", "--loglevel=error"], {
    env: environmentWithoutModules(), what: "npm ci",
  });
  if (status !== 0) throw new Stop(`npm ci failed:\n${output}`);
  if (!existsSync(node24)) throw new Stop("npm ci left no Node 24 behind: the npm package `node` brings it by its install script.\nAre install scripts switched off? See `npm config get ignore-scripts`.");
  say("node_modules: installed");
}

/** "v3.259.0" or "3.259.0-dev" as numbers. */
const parse = (text) => text?.match(/^v?(\d+)\.(\d+)\.(\d+)/)?.slice(1).map(Number);
/** Whether an engine of that version will do; undefined will not. */
export function newEnough(version) {
  const found = parse(version);
  if (!found) return false;
  const differing = found.findIndex((part, index) => part !== minimumEngine[index]);
  return differing === -1 || found[differing] > minimumEngine[differing];
}
const versionOf = (pulumi) => ask(pulumi, ["version"], { ...process.env, PULUMI_SKIP_UPDATE_CHECK: "1" });

/** The official installer, through Automation API: 15 s for its script to answer, 5 minutes for all of it. */
async function officialInstaller(folder, whole) {
  const program = `
    const { PulumiCommand } = require("@pulumi/pulumi/automation");
    const { SemVer } = require("semver");
    const original = globalThis.fetch;
    globalThis.fetch = (url, options) => original(url, { ...options, signal: AbortSignal.timeout(15000) });
    PulumiCommand.install({ root: process.argv[1], version: new SemVer("${engineVersion}") })
      .then(() => process.exit(0), (error) => { console.error(error.message.split("\\n")[0]); process.exit(1); });`;
  say(`engine: asking the official installer for ${engineVersion}`);
  const { status, output } = await run(node24, ["-e", program, folder], { what: "engine: official installer", deadlineSeconds: 300 });
  if (status === 0 && whole(folder)) return true;
  const reason = status === null ? "gave up after 300 s" : output.trim().split("\n").pop();
  say(`engine: official installer did not deliver (${reason})`);
  return false;
}

const build = (what, module, command, file, version) => goBuild({
  what, version, command, file, folder: join(modules, module),
  linkFlags: ["-X", `github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=${version}`],
  instead: `Install Pulumi ${minimumEngine.join(".")} or newer so that \`pulumi\` is on PATH, or Go 1.21 or newer, and run this again.`,
});

/** The dynamic provider's start script, from the npm package: it finds @pulumi/pulumi from the program's folder. */
function dynamicProvider(bin) {
  const file = join(bin, companions[1]);
  // A copy, not a link: the cache outlives this checkout.
  copyFileSync(join(root, "node_modules", "@pulumi", "pulumi", companions[1]), file);
  chmodSync(file, 0o755);
}

async function engine() {
  const found = onPath("pulumi");
  const version = found && versionOf(found);
  if (newEnough(version) && companions.every((name) => onPath(name))) {
    say(`engine: pulumi ${version} from PATH (${found})`);
    return { pulumi: found, version };
  }
  if (found) say(`engine: pulumi ${version ?? "of unknown version"} on PATH is older than ${minimumEngine.join(".")} or has no Node.js language host: leaving it alone`);
  let how = "from the cache";
  const whole = (folder) => versionOf(join(folder, "bin", "pulumi")) === engineVersion &&
    companions.every((name) => existsSync(join(folder, "bin", name)));
  const folder = await kept(join("engine", engineVersion), whole, async (place) => {
    how = "installed";
    if (await officialInstaller(place, whole)) return;
    how = "built";
    const bin = join(place, "bin");
    await build("engine", "pulumi", "github.com/pulumi/pulumi/pkg/v3/cmd/pulumi", join(bin, "pulumi"), engineVersion);
    // Beside the engine, as in a release: from elsewhere on PATH it works too, but every run warns.
    const languageHost = "github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs";
    await build("language host", "language-host", languageHost, join(bin, companions[0]), languageHostVersion);
    dynamicProvider(bin);
  });
  const pulumi = join(folder, "bin", "pulumi");
  say(`engine: pulumi ${engineVersion} ${how} (${pulumi})`);
  return { pulumi, version: engineVersion };
}

/**
 * Finds or makes everything a run of the engine needs. Resolves to {pulumi, version, folders}: `folders` go first on
 * PATH, Node 24's among them.
 */
export async function toolchain() {
  await nodeModules();
  say(`node: ${ask(node24, ["--version"])} from the npm package (node_modules/.bin/node); this machine's own is ${ask("node", ["--version"], environmentWithoutModules()) ?? "none"}`);
  const { pulumi, version } = await engine();
  const folders = [binFolder, dirname(pulumi)];
  const tools = { pulumi, version, folders };
  mkdirSync(dirname(toolsFile), { recursive: true });
  writeFileSync(toolsFile, `${JSON.stringify(tools, null, 2)}\n`);
  return tools;
}

/** process.env with the tools first on PATH. */
export const toolEnvironment = (tools) => environmentWith(tools.folders);

if (import.meta.url === pathToFileURL(process.argv[1]).href) await script(async () => { await toolchain(); });
