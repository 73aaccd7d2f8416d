// The `openstack` provider plugin for tests against a control plane of their own. Users have the official one; it is no Go
// module that can be built, so this is the same Terraform provider behind a newer bridge, with the resources the tests use.
import { createHash } from "node:crypto";
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { ask, cacheFolder, root, say, script } from "./common.mjs";
import { goBuild, kept } from "./goModule.mjs";

const folder = join(root, "test", "beds", "openstackPlugin", "module");
const file = join("bin", "pulumi-resource-openstack");
/** What @pulumi/openstack asks the engine for. */
export const pluginVersion = "3.15.2";

/** Where the plugin is kept: another text of its module is another plugin. */
function place() {
  const hash = createHash("sha256");
  for (const name of readdirSync(folder).sort()) hash.update(`${name}\0`).update(readFileSync(join(folder, name))).update("\0");
  return join("openstack-plugin", `v${pluginVersion}-${hash.digest("hex").slice(0, 12)}`);
}

const whole = (at) => existsSync(join(at, file)) && ask(join(at, file), ["-version"]) === pluginVersion;

/** The plugin's file, or undefined where it was not built yet. */
export function builtPlugin() {
  const at = join(cacheFolder(), place());
  return whole(at) ? join(at, file) : undefined;
}

/** Finds or builds the plugin; resolves to its file. */
export async function openstackPlugin() {
  let how = "from the cache";
  const at = await kept(place(), whole, async (partial) => {
    how = "built";
    await goBuild({
      what: "openstack plugin", version: `v${pluginVersion}`, folder, command: ".", file: join(partial, file),
      instead: "Install Go 1.25 or newer and run this again.",
    });
  });
  say(`openstack plugin: v${pluginVersion} ${how} (${join(at, file)})`);
  return join(at, file);
}

if (import.meta.url === pathToFileURL(process.argv[1]).href) await script(async () => { await openstackPlugin(); });
