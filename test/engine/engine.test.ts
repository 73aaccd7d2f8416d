import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { until } from "../beds/engine/running";
import { Stack, succeeded } from "../beds/engine/stack";

// A dynamic resource that keeps a text in a file; `create` waits while a file "hold" is there.
const program = `
const pulumi = require("@pulumi/pulumi");
const config = new pulumi.Config();
const folder = process.cwd();
class Provider {
  async check(olds, news) { return { inputs: news }; }
  async diff(id, olds, news) { return { changes: olds.text !== news.text }; }
  async create(inputs) {
    const fs = require("node:fs");
    fs.writeFileSync(inputs.file + ".begun", "");
    while (fs.existsSync(inputs.file + ".hold")) await new Promise((resolve) => setTimeout(resolve, 50));
    fs.writeFileSync(inputs.file, inputs.text);
    return { id: inputs.file, outs: inputs };
  }
  async update(id, olds, news) { require("node:fs").writeFileSync(news.file, news.text); return { outs: news }; }
  async delete(id, props) { require("node:fs").rmSync(props.file, { force: true }); }
}
class Note extends pulumi.dynamic.Resource {
  constructor(name, args) { super(new Provider(), name, args, {}, "test", "Note"); }
}
const text = config.require("text");
new Note("note", { file: folder + "/note.txt", text });
exports.text = text;
exports.hidden = config.getSecret("hidden");
`;

describe("the engine bed", () => {
  let stack: Stack;
  const file = (name: string): string => join(stack.project, name);
  beforeAll(async () => {
    stack = await Stack.create({ program, config: { text: "first" }, secrets: { hidden: "never in the clear" } });
  });
  afterAll(() => stack.dispose());

  it("previews without doing", async () => {
    const preview = succeeded(await stack.preview());
    expect(preview.stdout).toMatch(/text +: "first"/);
    expect(existsSync(file("note.txt"))).toBe(false);
  });

  it("applies, and then sees nothing to do", async () => {
    succeeded(await stack.up());
    expect(readFileSync(file("note.txt"), "utf8")).toBe("first");
    expect(succeeded(await stack.preview("--expect-no-changes")).stdout).toContain("2 unchanged");
    expect((await stack.resource("note"))?.inputs).toMatchObject({ text: "first" });
    expect(JSON.stringify(await stack.exportState())).not.toContain("never in the clear");
  });

  it("pins an up to a saved plan", async () => {
    await stack.configure({ text: "second" });
    const plan = file("plan.json");
    succeeded(await stack.preview("--save-plan", plan));
    await stack.configure({ text: "third" });
    const refused = await stack.up("--plan", plan);
    expect(refused.exitCode).not.toBe(0);
    expect(refused.stdout + refused.stderr).toContain("violates plan");
    expect(readFileSync(file("note.txt"), "utf8")).toBe("first");
  });

  it("destroys", async () => {
    succeeded(await stack.destroy());
    expect(existsSync(file("note.txt"))).toBe(false);
  });

  it("survives a killed engine", async () => {
    rmSync(file("note.txt.begun"));
    writeFileSync(file("note.txt.hold"), "");
    const up = stack.start(["up", "--stack", "dev", "--yes", "--skip-preview"]);
    await until(() => existsSync(file("note.txt.begun")), "create to begin");
    await up.killEngine();
    expect((await stack.up()).stderr).toContain("currently locked");
    succeeded(await stack.cancel());
    expect((await stack.exportState()).deployment.pending_operations).toHaveLength(1);
  });

  it("survives a killed provider", async () => {
    rmSync(file("note.txt.begun"));
    const up = stack.start(["up", "--stack", "dev", "--yes", "--skip-preview"]);
    await until(() => existsSync(file("note.txt.begun")), "create to begin");
    expect(up.killProvider()).toBeGreaterThan(0);
    const { exitCode, stdout, stderr } = await up.result;
    expect(exitCode).not.toBe(0);
    expect(stdout + stderr).toContain("error");
  });
});
