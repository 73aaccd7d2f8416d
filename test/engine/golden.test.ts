import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { root } from "../beds/engine/engine";

// State of every released version, run by today's package the way the dynamic provider plugin runs it: from the program's folder.
const golden = join(root, "test", "dynamic", "golden");
const project = mkdtempSync(join(tmpdir(), "gpuhost-golden-"));
symlinkSync(join(root, "node_modules"), join(project, "node_modules"));
afterAll(() => rmSync(project, { recursive: true, force: true }));

/** What `check` of the provider in that text says of a wrong input, in a project of either kind of module. */
function check(text: string, type: "commonjs" | "module"): { failures: { property: string }[] } {
  writeFileSync(join(project, "package.json"), JSON.stringify({ name: "user", private: true, type }));
  writeFileSync(join(project, "run.cjs"), `
    const provider = require("require-from-string")(${JSON.stringify(text)}).handler();
    provider.configure({ config: { get: () => undefined } })
      .then(() => provider.check({}, { connection: { host: "h" }, shouldExist: "no list", proposal: "converged", plan: {}, observed: "", identity: "" }))
      .then((result) => process.stdout.write(JSON.stringify(result)));`);
  return JSON.parse(execFileSync(process.execPath, ["run.cjs"], { cwd: project, encoding: "utf8" })) as { failures: { property: string }[] };
}

describe.each(readdirSync(golden))("state of %s", (version) => {
  const text = readFileSync(join(golden, version), "utf8");

  it.each(["commonjs", "module"] as const)("runs on this code in a %s project", (type) => {
    expect(check(text, type).failures.map(({ property }) => property)).toEqual(["shouldExist"]);
  });
});
