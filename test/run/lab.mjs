// npm run lab: the VM lab for people, and with `openstack` as first word the control plane. See cli.ts of test/beds/vm and of
// test/beds/openstack.
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { join } from "node:path";

const root = join(import.meta.dirname, "..", "..");
if (!existsSync(join(root, "node_modules", "typescript"))) spawnSync("npm", ["ci"], { cwd: root, stdio: ["ignore", 2, 2] });

// The lab is TypeScript that vitest loads; here each file is translated as it is required.
const require = createRequire(import.meta.url);
const { ModuleKind, ScriptTarget, transpileModule } = require("typescript");
const compilerOptions = { module: ModuleKind.CommonJS, target: ScriptTarget.ES2022 };
require.extensions[".ts"] = (module, file) => module._compile(transpileModule(readFileSync(file, "utf8"), { compilerOptions }).outputText, file);
require(process.argv[2] === "openstack" ? "../beds/openstack/cli.ts" : "../beds/vm/cli.ts");
