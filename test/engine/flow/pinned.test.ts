import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

describe("only what was reviewed is done", () => {
  let flow: Flow;
  beforeEach(async () => {
    flow = await Flow.create('bind("h0"); bind("h1");');
    flow.host("h1", { driver: "nvidia" });
  });
  afterEach(() => flow.dispose());

  it("stops before anything registers when a host moved while `up` waited, and says what moved", async () => {
    flow.host("h0", { driver: "nvidia", then: [{ driver: "nouveau" }] });
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain(
      'h0 (TestBinding h0): device 0000:41:00.0: reviewed "driver nvidia -> vfio-pci", now "driver nouveau -> vfio-pci"');
    expect(stdout + stderr).not.toContain("h1 (TestBinding");
    expect([flow.applies("h0"), flow.applies("h1")]).toEqual([0, 0]);
    expect(await flow.stack.resource("h1")).toBeUndefined();
  });

  it("stops one host that moved after that, and finishes the others", async () => {
    flow.host("h0", { driver: "nvidia", then: [{}, { driver: "nouveau" }] });
    const { exitCode, stdout, stderr } = await flow.stack.up();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain('now "driver nouveau -> vfio-pci"');
    expect(stdout + stderr).toContain("1 of 2 hosts stopped: h0.");
    expect([flow.applies("h0"), flow.look("h1")["driver"]]).toEqual([0, "vfio-pci"]);
    expect(await flow.output("h0", "status")).toBe("stopped");
    succeeded(await flow.stack.up());
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
  });

  it("stops when another machine answers at the address", async () => {
    flow.host("h0", { driver: "nvidia", then: [{}, { machine: "other" }] });
    const { stdout, stderr } = await flow.stack.up();
    expect(stdout + stderr).toMatch(/another machine answers.*Planned for: DMI h0,.*Found: DMI other,/);
    expect(flow.applies("h0")).toBe(0);
  });

  it("refuses an `up` without a preview, unless the stack allows it by name", async () => {
    flow.host("h0", { driver: "nvidia" });
    const refused = await flow.stack.up("--skip-preview");
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("No preview of this run was made");
    expect(flow.applies("h0")).toBe(0);
    await flow.stack.configure({ "gpuhost:allowUnreviewed": "true" });
    succeeded(await flow.stack.up("--skip-preview"));
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
  });

  it("lets --plan pin: the reviewed file is carried out, and refused once a host moved", async () => {
    flow.host("h0", { driver: "nvidia" });
    const file = join(flow.folder, "plan.json");
    succeeded(await flow.stack.preview("--save-plan", file));
    succeeded(await flow.stack.up("--skip-preview", "--plan", file));
    expect(flow.look("h0")["driver"]).toBe("vfio-pci");
    flow.host("h0", { driver: "nvidia" });
    succeeded(await flow.stack.preview("--save-plan", file));
    flow.host("h0", { driver: "nouveau" });
    const refused = await flow.stack.up("--skip-preview", "--plan", file);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("violates plan");
    expect(flow.look("h0")["driver"]).toBe("nouveau");
  });
});
