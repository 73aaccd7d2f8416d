import { afterEach, describe, expect, it } from "vitest";
import { succeeded } from "../../beds/engine/stack";
import { Flow } from "../../beds/json/flow";

describe("a program", () => {
  let flow: Flow;
  afterEach(() => flow.dispose());

  it("with input that does not fit is told the field, and no host is asked", async () => {
    flow = await Flow.create('new TestBinding("h0", { connection: { host: "h0" }, driver: "vfio-pci", count: "three" });');
    flow.host("h0", { driver: "nvidia" });
    const { exitCode, stdout, stderr } = await flow.stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("count");
    expect(stdout + stderr).toContain("must be a number");
    expect(flow.calls("h0")).toEqual([]);
  });

  it("that makes resources outside program() is told how to write it", async () => {
    flow = await Flow.create("");
    flow.host("h0", { driver: "nvidia" });
    flow.stack.write("index.js", flow.stack.read("index.js").replace("module.exports = program(async () => {  });", 'bind("h0");'));
    const { exitCode, stdout, stderr } = await flow.stack.preview();
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("Resources of pulumi-gpuhost are made inside program()");
    expect(stdout + stderr).not.toMatch(/ at .*\.js:\d+/);
  });

  it("may be an ES module, and read one host once for many resources", async () => {
    flow = await Flow.create("");
    flow.host("h0", { driver: "nvidia" });
    flow.stack.write("package.json", JSON.stringify({ name: "test", private: true, type: "module" }));
    flow.stack.write("index.js", [
      'import { createRequire } from "node:module";',
      'import { program } from "pulumi-gpuhost";',
      flow.stack.read("index.js").match(/const \{ TestBinding.*/)?.[0]?.replace("require(", "createRequire(import.meta.url)(") ?? "",
      'const args = { connection: { host: "h0" }, driver: "vfio-pci" };',
      'export default program(async () => { const first = new TestBinding("h0", args); new TestBinding("again", args); new TestVerification("v0", args, { after: [first] }); return { ok: true }; });',
    ].join("\n"));
    succeeded(await flow.stack.preview());
    expect(flow.calls("h0")).toEqual(["observe"]);
    succeeded(await flow.stack.up());
    expect(await flow.stack.outputs()).toEqual({ ok: true });
    expect(flow.applies("h0")).toBe(1);
  });
});
