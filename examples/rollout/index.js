"use strict";
const { join } = require("node:path");
const pulumi = require("@pulumi/pulumi");
const { GpuFleet, GpuHost, hostsFromInventory, policyFile, program } = require("pulumi-gpuhost");
const { hostsOf, fleetOf, withInventory } = require("./hosts");

// Hosts, cards and policy are data: Pulumi.<stack>.yaml, one file that is reviewed like code. See README.md beside this file.
module.exports = program(() => {
  const config = new pulumi.Config();
  // Beside Pulumi.yaml, two folders up.
  const beside = (file) => join(__dirname, "..", "..", file);
  const policy = config.getObject("policy");
  const hosts = hostsOf(policy, withInventory(config.getObject("inventory"), config.getObject("hosts"), policy, (file, options) => hostsFromInventory(beside(file), options)));
  const file = config.get("policyFile");
  const reviewed = file === undefined ? {} : { policy: policyFile(beside(file)) };
  const rollout = config.getObject("rollout");
  const made = rollout === undefined
    ? hosts.map(({ name, args }) => [name, new GpuHost(name, { ...reviewed, ...args })])
    : Object.entries(new GpuFleet("fleet", { hosts: fleetOf(hosts, reviewed), rollout }).hosts);
  return { ready: Object.fromEntries(made.map(([name, host]) => [name, host.ready])) };
});
