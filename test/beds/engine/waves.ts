import { demoHosts } from "../simulated/demoHosts";
import type { Machine } from "../simulated/machine";

/** A program with a GpuFleet of these hosts, each with one card and a reboot ahead. `rollout` as a program writes it. */
export const waveProgram = (names: readonly string[], rollout: object): string => `
const gpuhost = require("pulumi-gpuhost");
module.exports = gpuhost.program(() => {
  const host = (name) => [name, {
    connection: { host: name },
    cards: [{ address: "0000:65:00.0", id: "10de:2231" }],
    kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
    reboot: "whenNeeded",
  }];
  new gpuhost.GpuFleet("region", { hosts: Object.fromEntries(${JSON.stringify(names)}.map(host)), rollout: ${JSON.stringify(rollout)} });
});`;

/** The machines of such a fleet: hv-2 is refused for a bystander in its card's group, the others get ready. */
export function waveMachines(names: readonly string[]): Machine[] {
  const [good, refused] = demoHosts.map(({ machine }) => machine);
  return names.map((name) => ({ ...(name === "hv-2" ? refused! : good!), name }));
}
