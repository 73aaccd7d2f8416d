import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { common, libvirtPolicy } from "../beds/simulated/libvirtPolicy";
import { disk, machine, networkCard, rootPort } from "../beds/simulated/machine";

const program = `
const { AppArmorRules, program } = require("pulumi-gpuhost");
module.exports = program(() => {
  const { reattachAllowed, confinement } = new AppArmorRules("rules", { connection: { host: "rules" } });
  return { reattachAllowed, confinement };
});`;
const local = "/etc/apparmor.d/local/abstractions/libvirt-qemu";
const line = "include if exists <local/abstractions/libvirt-qemu-gpuhost>";

// The whole way with the real engine, real SSH, the real scripts and the real apparmor_parser; nothing is loaded into a kernel.
describe("AppArmorRules on a host whose rules predate the one that a resumed guest needs", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("rules", {
      functions: [rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11), rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" })],
    }));
    for (const [path, text] of Object.entries({ ...common, ...libvirtPolicy() })) host.files.write(path, text.replace(/\n$/, ""));
    host.files.write(local, "# of a person");
    stack = await Stack.create({ program, environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("is shown, and nothing is done", async () => {
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain("every guest gets /dev/vfio/vfio rw,");
    expect(stdout).toContain("one line is added; the rest stays");
    expect(host.files.read(local)).toBe("# of a person");
  });

  it("lets guests take their card back, as read from the host afterwards", async () => {
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ reattachAllowed: true, confinement: "apparmor" });
    expect(host.files.read(local)).toBe(`# of a person\n${line}`);
    expect((await stack.preview("--expect-no-changes")).exitCode).toBe(0);
  });

  it("sees that somebody took the line out, and puts it back beside what they wrote", async () => {
    host.files.write(local, "# of another person");
    const { stdout } = succeeded(await stack.preview());
    expect(stdout).toContain("re-attaching a card: not allowed");
    succeeded(await stack.up());
    expect(host.files.read(local)).toBe(`# of another person\n${line}`);
  });

  it("takes its file and its line away, and nothing else", async () => {
    succeeded(await stack.destroy());
    expect(host.files.read(local)).toBe("# of another person");
    expect(host.files.exists(`${local}-gpuhost`)).toBe(false);
  });
});
