import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

/** A resource that says a host name, a number and a map only once it is made. */
const maker = `
  class Maker extends pulumi.dynamic.Resource {
    constructor() {
      super({ create: async () => ({ id: "m", outs: { host: "h1", count: 3, labels: { rack: "r1" } } }) }, "maker",
        { host: undefined, count: undefined, labels: undefined });
    }
  }
  const maker = new Maker();
  const args = (name) => ({ connection: { host: name }, driver: "vfio-pci" });`;

describe("arguments that are not known in the preview", () => {
  let flow: Flow;
  beforeAll(async () => {
    flow = await Flow.create(`${maker}
      bind("h0");
      new TestBinding("by-host", args(maker.host));
      new TestBinding("by-number", { ...args("h2"), count: maker.count });
      new TestBinding("by-map", { ...args("h3"), labels: maker.labels });`);
    for (const name of ["h0", "h1", "h2", "h3"]) flow.host(name, { driver: "nvidia" });
  });
  afterAll(() => flow.dispose());

  it("preview as unknown: a host name, a number and a map", async () => {
    const { stdout } = succeeded(await flow.stack.preview());
    expect(stdout.match(/plan {6}: \[unknown\]|plan\s*: output<\w+>/g)).toHaveLength(3);
    expect(flow.calls("h1")).toEqual([]);
    expect(flow.calls("h2")).toEqual([]);
  });

  it("are left alone by an `up` with a saved plan, which takes any value that was not known", async () => {
    const file = join(flow.folder, "plan.json");
    succeeded(await flow.stack.preview("--save-plan", file));
    const { exitCode, stdout, stderr } = await flow.stack.up("--skip-preview", "--plan", file);
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("3 of 4 hosts unreviewed: h1, h2, h3.");
    expect(["h0", "h1", "h2", "h3"].map((name) => flow.applies(name))).toEqual([1, 0, 0, 0]);
    succeeded(await flow.stack.destroy());
  });

  it("are left alone by that `up`, which says to run it again", async () => {
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("3 of 4 hosts unreviewed: h1, h2, h3.");
    expect(stdout + stderr).toContain("run `pulumi up` again");
    expect(["h0", "h1", "h2", "h3"].map((name) => flow.applies(name))).toEqual([3, 0, 0, 0]);
  });

  it("are previewed and done by the next one", async () => {
    const { stdout } = succeeded(await flow.stack.up());
    expect(stdout.match(/=> "driver nvidia -> vfio-pci"|\+ device 0000:41:00\.0: "driver nvidia -> vfio-pci"/g)?.length).toBeGreaterThanOrEqual(3);
    expect(["h1", "h2", "h3"].map((name) => flow.look(name)["driver"])).toEqual(["vfio-pci", "vfio-pci", "vfio-pci"]);
    succeeded(await flow.stack.preview("--expect-no-changes"));
  });
});
