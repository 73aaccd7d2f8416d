/** Programs of the stacks that are timed. Each reads its hosts from hosts.json, so that their number is data. */

/** Row c: GpuHost as an operator writes it. */
export const previewProgram = `
const gpuhost = require("pulumi-gpuhost");
const { hosts, cards } = require("./hosts.json");
module.exports = gpuhost.program(() => {
  for (const connection of hosts) {
    new gpuhost.GpuHost(connection.host, {
      connection, cards, reboot: "whenNeeded",
      kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt"], shouldNotExist: ["intel_iommu=off"] },
    });
  }
});`;

/** Row g: a component and as many dynamic resources a host as a GpuHost has, which do nothing and hold one word. */
export const floorProgram = `
const pulumi = require("@pulumi/pulumi");
const { hosts, resources } = require("./hosts.json");
class Nothing { async create(inputs) { return { id: "nothing", outs: inputs }; } }
class Trivial extends pulumi.dynamic.Resource {
  constructor(name, parent) { super(new Nothing(), name, { host: name }, { parent }, "floor", "Trivial"); }
}
class Component extends pulumi.ComponentResource {
  constructor(name) {
    super("floor:index:Component", name);
    for (let each = 0; each < resources; each++) new Trivial(name + "-" + each, this);
    this.registerOutputs({});
  }
}
for (const { host } of hosts) new Component(host);`;

/** Row f: one remote command a host, which has all the reads in it. */
export const commandProgram = `
const fs = require("node:fs");
const { remote } = require("@pulumi/command");
const { hosts, login, reads } = require("./hosts.json");
const privateKey = fs.readFileSync(login.keyFile, "utf8");
const round = process.env.BENCH_ROUND;
for (const { host } of hosts) {
  new remote.Command(host, {
    connection: { host, port: login.port, user: login.username, privateKey, hostKey: login.hostKey },
    create: reads, update: reads, triggers: [round],
  });
}`;
