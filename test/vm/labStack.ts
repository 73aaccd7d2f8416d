import { Stack } from "../beds/engine/stack";
import type { LabHost, User } from "../beds/vm/lab";

/** How a stack reaches a host of the lab: nothing of this machine's own SSH configuration is used. */
export function connectionTo(host: LabHost, user: User = "ops"): Record<string, unknown> {
  return {
    host: host.address, port: host.port, user, identityFiles: [host.identityFile], knownHostsFiles: [host.knownHostsFile],
    sshConfigFile: false, agent: false, jumpHosts: [],
  };
}

/** Arguments of GpuHost by resource name. */
export type GpuHosts = Readonly<Record<string, Record<string, unknown>>>;

/** A program whose hosts come from hosts.json, so that a test changes them by writing that file. */
const program = `
const { readFileSync } = require("node:fs");
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(async () => {
  const hosts = JSON.parse(readFileSync("hosts.json", "utf8"));
  const made = Object.entries(hosts).map(([name, args]) => [name, new gpuhost.GpuHost(name, args)]);
  return Object.fromEntries(made.map(([name, host]) => [name, { ready: host.ready }]));
});
`;

export async function stackOf(hosts: GpuHosts, options: { secrets?: Record<string, string> } = {}): Promise<Stack> {
  return Stack.create({ program, files: { "hosts.json": JSON.stringify(hosts) }, ...options });
}

export function setHosts(stack: Stack, hosts: GpuHosts): void {
  stack.write("hosts.json", JSON.stringify(hosts));
}
