import { builtPlugin, pluginVersion } from "../../run/openstackPlugin.mjs";
import { succeeded, type Stack } from "../engine/stack";

/** Installs the `openstack` provider plugin where this stack's engine looks for plugins. */
export async function installOpenstackPlugin(stack: Stack): Promise<void> {
  const file = builtPlugin();
  if (file === undefined) throw new Error("The openstack plugin was not built: run `node test/run/openstackPlugin.mjs` first.");
  succeeded(await stack.run(["plugin", "install", "resource", "openstack", `v${pluginVersion}`, "--file", file]));
}
