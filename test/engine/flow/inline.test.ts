import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterEach, expect, it } from "vitest";
import { Flow } from "../../beds/json/flow";

/** Automation API with an inline program: no engine above the program, so preview and update belong together by their own process. */
const script = `
const { LocalWorkspace } = require("@pulumi/pulumi/automation");
(async () => {
  const stack = await LocalWorkspace.createOrSelectStack({ stackName: "dev", projectName: "test", program: require("./index.js") }, { workDir: __dirname });
  const say = (what, error) => console.log(what + ": " + (error ? error.message.replace(/\\s+/g, " ") : "done"));
  await stack.up().then(() => say("first"), (error) => say("first", error));
  await stack.preview();
  await stack.up().then(() => say("second"), (error) => say("second", error));
  process.exit(0);
})();`;

let flow: Flow;
afterEach(() => flow.dispose());

it("an inline program is pinned by the preview of its own process", async () => {
  flow = await Flow.create('bind("h0");');
  flow.host("h0", { driver: "nvidia" });
  flow.stack.write("inline.js", script);
  const { stdout } = await promisify(execFile)("node", ["inline.js"], { cwd: flow.stack.project, env: flow.stack.environment, timeout: 120_000 });
  expect(stdout).toMatch(/first: .*No preview of this run was made/);
  expect(stdout).toContain("second: done");
  expect(flow.look("h0")["driver"]).toBe("vfio-pci");
});
