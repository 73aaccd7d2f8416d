"use strict";
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const { GpuFleet, GpuHost, policyFile, program } = require("pulumi-gpuhost");
const { hostsOf, fleetOf } = require("./hosts");

// Hosts, cards and policy are data: Pulumi.<stack>.yaml, one file that is reviewed like code. See README.md beside this file.
module.exports = program(() => {
  const config = new pulumi.Config();
  const hosts = hostsOf(config.getObject("policy"), config.getObject("hosts"));
  const file = config.get("policyFile");
  // Beside Pulumi.yaml, two folders up.
  const reviewed = file === undefined ? {} : { policy: policyFile(join(__dirname, "..", "..", file)) };
  const rollout = config.getObject("rollout");
  const made = rollout === undefined
    ? hosts.map(({ name, args }) => [name, new GpuHost(name, { ...reviewed, ...args })])
    : Object.entries(new GpuFleet("fleet", { hosts: fleetOf(hosts, reviewed), rollout }).hosts);
  return { ready: Object.fromEntries(made.map(([name, host]) => [name, host.ready])) };
});
