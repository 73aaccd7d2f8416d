import { spawnSync } from "node:child_process";
import { join } from "node:path";
import { root } from "./engine";

/**
 * Before tests that run the package as users do: dist/ must hold what provider/ says. Type errors do not stop the tests
 * here, since the build writes its output all the same; `npm test` counts them as failures of their own.
 */
export default function built(): void {
  const { status, stdout, stderr } = spawnSync(process.execPath, [join(root, "test", "run", "build.mjs")], { encoding: "utf8" });
  if (status !== 0) process.stderr.write(`The package has type errors:\n${stdout}${stderr}`);
}
