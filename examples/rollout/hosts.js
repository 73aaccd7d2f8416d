"use strict";
const pulumi = require("@pulumi/pulumi");

const isMap = (of) => typeof of === "object" && of !== null && !Array.isArray(of);

/** What is the same on every host, unless a host says otherwise. */
const policyNames = ["connection", "kernelArguments", "driver", "now", "reboot", "rebootDeadlineSeconds", "trustLevel"];

/**
 * Hosts of the stack's configuration as arguments of GpuHost. A host's own settings go before the policy's; its connection is merged
 * with the policy's, and its name is its address unless it says another. Everything else is checked by GpuHost itself.
 */
function hostsOf(policy = {}, hosts = undefined) {
  if (hosts === undefined) {
    throw new pulumi.RunError(
      "This stack has no hosts yet. Say which in Pulumi.<stack>.yaml under gpuhost:hosts (examples/rollout/Pulumi.example.yaml shows how).");
  }
  if (!isMap(policy)) throw new pulumi.RunError("gpuhost:policy must be a map.");
  if (!isMap(hosts)) throw new pulumi.RunError("gpuhost:hosts must be a map from a host's name to its settings.");
  const unknown = Object.keys(policy).filter((name) => !policyNames.includes(name));
  if (unknown.length > 0) {
    throw new pulumi.RunError(`gpuhost:policy: "${unknown.join('", "')}" is not known here; known are ${policyNames.join(", ")}. What concerns one card belongs to its host.`);
  }
  return Object.entries(hosts).map(([name, of]) => {
    if (!isMap(of)) throw new pulumi.RunError(`gpuhost:hosts.${name} must be a map with the host's cards.`);
    return { name, args: { ...policy, ...of, connection: { host: name, ...policy.connection, ...of.connection } } };
  });
}

/**
 * Hosts of `gpuhost:inventory` ({ file, group, domains, withoutFiles }), with what `gpuhost:hosts` says of some of them laid over. `read` reads the file; how hosts are reached
 * is the policy's word, so that a password in the inventory needs none of it.
 */
function withInventory(inventory, hosts, policy, read) {
  if (inventory === undefined) return hosts;
  if (!isMap(inventory) || typeof inventory.file !== "string") throw new pulumi.RunError("gpuhost:inventory must be a map with the inventory's file: { file: inventory/hosts.yml, group: gpu }.");
  if (hosts !== undefined && !isMap(hosts)) throw new pulumi.RunError("gpuhost:hosts must be a map from a host's name to its settings.");
  const { file, ...options } = inventory;
  const found = read(file, { ...options, connection: { ...(isMap(policy) ? policy.connection : {}), ...options.connection } });
  const own = Object.entries(hosts ?? {});
  const more = own.filter(([name]) => found[name] === undefined);
  const laidOver = Object.entries(found).map(([name, of]) => [name, { ...of, ...hosts?.[name], connection: { ...of.connection, ...hosts?.[name]?.connection } }]);
  return Object.fromEntries([...laidOver, ...more]);
}

/** The same hosts as GpuFleet takes them. */
function fleetOf(hosts, shared) {
  return Object.fromEntries(hosts.map(({ name, args }) => [name, { ...shared, ...args }]));
}

module.exports = { fleetOf, hostsOf, withInventory };
