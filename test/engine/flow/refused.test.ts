import { existsSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

describe("a refused and an unreachable host among good ones", () => {
  let flow: Flow;
  beforeAll(async () => {
    flow = await Flow.create(`
      for (const name of ["good", "bad", "away", "sad"]) {
        const unit = new Unit();
        const binding = bind(name, { unit });
        new TestVerification("verify-" + name, { connection: { host: name }, driver: "vfio-pci" }, { after: [binding], unit });
      }
      return { kept: "output" };`);
    flow.host("good", { driver: "nvidia", warn: "Somebody looks at this display." });
    flow.host("bad", { driver: "nvidia", refuse: "The disk controller of / shares the group." });
    flow.host("sad", { driver: "nvidia", notReady: true });
  });
  afterAll(() => flow.dispose());

  it("all show in the preview, which ends with one line and an exit status", async () => {
    const { exitCode, stdout, stderr } = await flow.stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout).toContain('device 0000:41:00.0: "driver nvidia -> vfio-pci"');
    expect(stdout).toContain('host: "refused (test): The disk controller of / shares the group. Choose another."');
    expect(stdout).toContain('host: "unreachable, nothing will be done: away: connection refused"');
    expect(stdout + stderr).toContain("1 of 4 hosts unreachable: away; 1 of 4 hosts refused: bad.");
    expect(stdout + stderr).toContain("warning: good: test: Somebody looks at this display. Choose another.");
    expect(stdout + stderr).not.toMatch(/ at .*\.js:\d+|unhandled/i);
  });

  it("does not keep a plan from being saved", async () => {
    const file = join(flow.folder, "plan.json");
    succeeded(await flow.stack.preview("--save-plan", file));
    expect(existsSync(file)).toBe(true);
  });

  it("do not keep the others from being finished by `up`, whose exit status says so", async () => {
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(flow.look("good")["driver"]).toBe("vfio-pci");
    expect(flow.look("bad")["driver"]).toBe("nvidia");
    expect(flow.applies("bad")).toBe(0);
    expect(stdout + stderr).toContain("1 of 4 hosts unreachable: away; 1 of 4 hosts refused: bad; 1 of 4 hosts not ready: sad.");
    expect(await flow.stack.outputs()).toEqual({ kept: "output" });
    expect(await flow.output("bad", "status")).toBe("refused");
    expect(await flow.stack.resource("verify-bad")).toMatchObject({ outputs: { status: "skipped", ready: false } });
    expect(await flow.stack.resource("verify-away")).toMatchObject({ outputs: { status: "unreachable", ready: false } });
    expect(await flow.output("verify-good", "status")).toBe("ready");
    expect(await flow.output("verify-sad", "status")).toBe("not-ready");
  });

  it("are still counted when nothing is left to do, and finished once they are right", async () => {
    const again = await flow.stack.up();
    expect(again.stdout).toContain("9 unchanged");
    expect(again.exitCode).not.toBe(0);
    expect(again.stdout + again.stderr).toContain("1 of 4 hosts unreachable: away; 1 of 4 hosts refused: bad; 1 of 4 hosts not ready: sad.");
    for (const name of ["away", "bad", "sad"]) flow.host(name, { driver: "nvidia" });
    succeeded(await flow.stack.up());
    expect(["away", "bad", "sad"].map((name) => flow.look(name)["driver"])).toEqual(["vfio-pci", "vfio-pci", "vfio-pci"]);
    expect(await flow.output("verify-away", "status")).toBe("ready");
    succeeded(await flow.stack.preview("--expect-no-changes"));
  });

  it("is no reason to forget what was done to it before", async () => {
    flow.noHost("good");
    expect((await flow.stack.up()).exitCode).not.toBe(0);
    expect(await flow.stack.resource("good")).toMatchObject({ outputs: { status: "unreachable", observed: "driver vfio-pci", touched: true } });
    expect(await flow.output("verify-good", "ready")).toBe(false);
    flow.host("good", { driver: "vfio-pci", before: "nvidia" });
    succeeded(await flow.stack.up());
    expect(await flow.output("good", "status")).toBe("applied");
  });
});
