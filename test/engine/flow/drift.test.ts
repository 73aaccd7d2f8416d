import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

describe("a host over time", () => {
  let flow: Flow;
  beforeAll(async () => { flow = await Flow.create('bind("h0"); bind("h1"); return { made: 2 };'); });
  afterAll(() => flow.dispose());
  const drifted = { driver: "nvidia", before: "nvidia" };

  it("is shown line by line before anything is done", async () => {
    flow.host("h0", { driver: "nvidia" });
    flow.host("h1", { driver: "nvidia" });
    const { stdout } = succeeded(await flow.stack.preview());
    expect(stdout).toContain('device 0000:41:00.0: "driver nvidia -> vfio-pci"');
    expect(flow.calls("h0")).toEqual(["observe"]);
    expect(flow.look("h0")["driver"]).toBe("nvidia");
  });

  it("is what the plan said after `up`, and the run says so while it works", async () => {
    const { stdout, stderr } = succeeded(await flow.stack.up());
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
    expect(stdout + stderr).toContain("h0 TestBinding: working on it");
    expect(await flow.stack.resource("h0")).toMatchObject({
      outputs: {
        status: "applied", observed: "driver vfio-pci", seen: "as recorded", driverNow: "vfio-pci",
        onDelete: { "device 0000:41:00.0": "driver vfio-pci -> nvidia" },
      },
    });
  });

  it("shows nothing while it agrees", async () => {
    expect(succeeded(await flow.stack.preview("--expect-no-changes")).stdout).toContain("3 unchanged");
  });

  it("is shown and repaired when it drifts, and when the very same drift comes again", async () => {
    for (const time of [1, 2]) {
      flow.host("h0", drifted);
      const { stdout } = succeeded(await flow.stack.up());
      expect(stdout, `drift ${time}`).toMatch(/~ device 0000:41:00\.0: .* => ".*driver nvidia -> vfio-pci"/);
      expect(flow.look("h0")["driver"], `drift ${time}`).toBe("vfio-pci");
    }
  });

  it("shows a drift after a refresh as well, which itself says what it saw", async () => {
    flow.host("h0", { ...drifted, driver: "nouveau" });
    const refreshed = succeeded(await flow.stack.refresh());
    expect(refreshed.stdout).toContain('=> "drifted: driver nouveau (recorded: driver vfio-pci)"');
    expect(await flow.output("h0", "observed")).toBe("driver vfio-pci");
    expect(succeeded(await flow.stack.preview()).stdout).toContain('=> "driver nouveau -> vfio-pci"');
  });

  it("is no change once it drifted back by itself", async () => {
    flow.host("h0", { driver: "vfio-pci", before: "nvidia" });
    succeeded(await flow.stack.preview("--expect-no-changes"));
    expect(succeeded(await flow.stack.refresh()).stdout).toContain('=> "as recorded"');
  });

  it("keeps what is known while a refresh cannot reach it", async () => {
    flow.noHost("h1");
    succeeded(await flow.stack.refresh());
    expect(await flow.output("h1", "seen")).toBe("not read: h1: connection refused");
    expect(await flow.output("h1", "observed")).toBe("driver vfio-pci");
    flow.host("h1", { driver: "vfio-pci", before: "nvidia" });
  });

  it("is left alone when it is another machine, until the first one is declared gone", async () => {
    flow.host("h1", { driver: "nvidia", machine: "new" });
    const { exitCode, stdout } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout).toMatch(/"refused: another machine answers\. On record: DMI h1,[^]*Found: DMI new,/);
    expect(flow.look("h1")["driver"]).toBe("nvidia");
    succeeded(await flow.stack.run(["up", "--stack", "dev", "--yes"], { GPUHOST_GONE_HOSTS: "h1" }));
    expect(flow.look("h1")["driver"]).toBe("vfio-pci");
    succeeded(await flow.stack.preview("--expect-no-changes"));
  });

  it("is as it was after a destroy", async () => {
    succeeded(await flow.stack.destroy());
    expect(flow.look("h0")["driver"]).toBe("nvidia");
    expect(flow.look("h1")["driver"]).toBe("nvidia");
  });
});
