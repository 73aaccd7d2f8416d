import { createRequire } from "node:module";
import { join, resolve } from "node:path";
import { describe, expect, it } from "vitest";
import { hostsFromInventory, type InventoryOptions } from "../../provider/resources/inventory";

type Config = Record<string, unknown>;
const { hostsOf, withInventory } = createRequire(__filename)(join(resolve(__dirname, "..", ".."), "examples", "rollout", "hosts.js")) as {
  hostsOf(policy?: unknown, hosts?: unknown): { name: string; args: Config }[];
  withInventory(inventory: unknown, hosts: unknown, policy: unknown, read: (file: string, options: InventoryOptions) => unknown): Config;
};
const cards = [{ address: "0000:65:00.0", id: "10de:20b5" }];

describe("the rollout stack's configuration", () => {
  it("names a host once: its name is its address unless it says another", () => {
    expect(hostsOf({}, { hv1: { cards }, hv2: { cards, connection: { host: "192.0.2.12" } } }).map(({ args }) => args["connection"]))
      .toEqual([{ host: "hv1" }, { host: "192.0.2.12" }]);
  });

  it("takes the policy for what a host does not say, and merges the connection", () => {
    const policy = { reboot: "never", trustLevel: "single-tenant", connection: { user: "ops", port: 2222 } };
    expect(hostsOf(policy, { hv1: { cards, reboot: "whenNeeded", connection: { port: 22 } } })).toEqual([
      { name: "hv1", args: { cards, reboot: "whenNeeded", trustLevel: "single-tenant", connection: { host: "hv1", user: "ops", port: 22 } } },
    ]);
  });

  it("takes hosts from an inventory, with what gpuhost:hosts says of some of them laid over", () => {
    const text = "[gpu]\nhv1 ansible_host=192.0.2.1\nhv2 ansible_become_password=geheim\n[rack_r1]\nhv1\n";
    const read = (_file: string, options: InventoryOptions): unknown => hostsFromInventory({ text, format: "ini" }, options);
    const policy = { connection: { user: "ops", sudo: { password: { config: "sudoPassword" } } } };
    const hosts = withInventory({ file: "hosts.ini", group: "gpu", domains: { rack: "rack_*" } }, { hv2: { cards, connection: { port: 23 } }, hv9: { cards } }, policy, read);
    expect(hostsOf(policy, hosts)).toEqual([
      { name: "hv1", args: { domains: { rack: ["rack_r1"] }, connection: { host: "192.0.2.1", ...policy.connection } } },
      { name: "hv2", args: { cards, connection: { host: "hv2", ...policy.connection, port: 23 } } },
      { name: "hv9", args: { cards, connection: { host: "hv9", ...policy.connection } } },
    ]);
    expect(withInventory(undefined, { hv1: { cards } }, policy, read)).toEqual({ hv1: { cards } });
    expect(() => withInventory("hosts.ini", {}, policy, read)).toThrow(/gpuhost:inventory must be a map/);
  });

  it("may have no host left", () => {
    expect(hostsOf({}, {})).toEqual([]);
  });

  it.each<[string, unknown, unknown, RegExp]>([
    ["no hosts at all", {}, undefined, /has no hosts yet/],
    ["a list of hosts", {}, ["hv1"], /gpuhost:hosts must be a map/],
    ["a host without settings", {}, { hv1: null }, /gpuhost:hosts\.hv1 must be a map/],
    ["a policy that is a text", "never", {}, /gpuhost:policy must be a map/],
    ["an exception for all hosts at once", { acceptGroupMembers: [] }, {}, /"acceptGroupMembers" is not known here.*belongs to its host/],
    ["a policy with a typing error", { rebot: "never" }, {}, /"rebot" is not known here/],
  ])("says what is wrong with %s", (_what, policy, hosts, says) => {
    expect(() => hostsOf(policy, hosts)).toThrow(says);
  });
});
