import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from "vitest";
import { until } from "../../beds/engine/running";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

describe("an apply that fails", () => {
  let flow: Flow;
  beforeAll(async () => { flow = await Flow.create('const first = bind("h0"); new TestVerification("v0", { connection: { host: "h0" }, driver: "vfio-pci" }, { after: [first] }); bind("h1");'); });
  afterAll(() => flow.dispose());

  it("is recorded as half done, with what happened, and the others finish", async () => {
    flow.host("h0", { driver: "nvidia", fault: "stuck" });
    flow.host("h1", { driver: "nvidia" });
    const { exitCode, stdout, stderr } = await flow.stack.up("--continue-on-error");
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("h0: the probe failed. Not everything could be undone.");
    expect(stdout + stderr).not.toMatch(/^\s+at /m);
    expect(flow.look("h1")["driver"]).toBe("vfio-pci");
    expect(await flow.stack.resource("h0")).toMatchObject({ outputs: { status: "failed", touched: true } });
    expect(await flow.stack.resource("v0")).toBeUndefined();
  });

  it("is continued by the next run", async () => {
    const { driver, before } = flow.look("h0");
    flow.host("h0", { driver, before });
    succeeded(await flow.stack.up());
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
    expect(await flow.output("v0", "status")).toBe("ready");
  });

  it("is one that says done and left something to do, too", async () => {
    flow.host("h0", { driver: "nvidia", fault: "leave" });
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("this is left to do: device 0000:41:00.0: driver nvidia -> vfio-pci");
  });

  it("is none where only a reboot ends what it began, and is not passed over in silence", async () => {
    flow.host("h0", { driver: "vfio-pci" });
    flow.host("h1", { driver: "nvidia", fault: "hangs" });
    const { stdout, stderr } = succeeded(await flow.stack.up());
    expect(await flow.output("h1", "status")).toBe("needs-reboot");
    expect(stdout + stderr).toContain("h1: TestBinding waits for a reboot: the unbind does not end.");
    flow.host("h1", { driver: "vfio-pci" });
  });

  it("is none where somebody else holds the lock: nothing was touched", async () => {
    flow.host("h0", { driver: "nvidia", fault: "locked" });
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("the lock is held by alice");
    expect(await flow.output("h0", "status")).toBe("stopped");
  });
});

describe("an operator's machine that dies during `create`", () => {
  let flow: Flow;
  beforeEach(async () => { flow = await Flow.create('bind("h0");'); });
  afterEach(() => flow.dispose());

  it("leaves a host that the next run finds as it is, and takes over", async () => {
    const go = join(flow.folder, "go");
    flow.host("h0", { driver: "nvidia", hold: go });
    const running = flow.stack.start(["up", "--stack", "dev", "--yes"]);
    await until(() => flow.applies("h0") > 0, "the apply to begin");
    await running.killEngine();
    writeFileSync(go, "");
    // The host goes on by itself: a transaction does not end with the session that began it.
    flow.host("h0", { driver: "vfio-pci", before: "nvidia" });
    succeeded(await flow.stack.cancel());
    expect((await flow.stack.exportState()).deployment.pending_operations).toHaveLength(1);
    succeeded(await flow.stack.up());
    expect(await flow.stack.resource("h0")).toMatchObject({ outputs: { status: "applied", touched: true } });
    succeeded(await flow.stack.destroy());
    expect(flow.look("h0")["driver"]).toBe("nvidia");
  });
});
