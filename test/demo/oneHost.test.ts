import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";
import { Stack, succeeded } from "../beds/engine/stack";
import { demoHosts } from "../beds/simulated/demoHosts";
import { Fleet } from "../beds/simulated/fleet";

describe("examples/one-host", () => {
  let fleet: Fleet;
  let stack: Stack;
  beforeAll(async () => {
    fleet = new Fleet();
    const [first] = demoHosts;
    if (first) await fleet.add(first.machine, { bootSeconds: 0 });
    stack = await Stack.create({
      files: { "index.ts": readFileSync(join(root, "examples", "one-host", "index.ts"), "utf8") },
      config: { host: "gpu-1", card: "0000:65:00.0", id: "10de:2231" },
      // Whose ~/.ssh knows the host by its name.
      environment: { HOME: fleet.folder },
    });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("makes its host ready, has nothing left to do then, and takes it back", async () => {
    succeeded(await stack.up());
    expect(await stack.outputs()).toEqual({ ready: true });
    succeeded(await stack.preview("--expect-no-changes"));
    const { files } = fleet.hosts[0] ?? expect.fail("no host");
    expect(files.exists("/etc/gpuhost/vfio-binding.conf")).toBe(true);
    succeeded(await stack.destroy());
    expect(["/etc/gpuhost", "/etc/default/grub.d/zz-gpuhost.cfg", "/etc/initramfs-tools/hooks/gpuhost"].filter((path) => files.exists(path))).toEqual([]);
  });
});
