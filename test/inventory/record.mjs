// Writes what ansible-inventory itself makes of every case into its expected.json: `node test/inventory/record.mjs PYTHON`, with a Python that has
// ansible-core (`npm run bench -- --only d` leaves one in the cache folder). Run it when a case is added, never to make a test pass.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const cases = join(dirname(fileURLToPath(import.meta.url)), "cases");
const [python] = process.argv.slice(2);
if (python === undefined) throw new Error("node test/inventory/record.mjs PYTHON");
const home = mkdtempSync(join(tmpdir(), "gpuhost-inventory-"));
writeFileSync(join(home, "ansible.cfg"), "");

function ansible(...args) {
  const env = { PATH: process.env.PATH, HOME: home, LC_ALL: "C.UTF-8", ANSIBLE_CONFIG: join(home, "ansible.cfg"), ANSIBLE_HOME: home };
  const { status, stdout, stderr } = spawnSync(python, ["-m", "ansible", "inventory", ...args], { encoding: "utf8", env, cwd: home });
  if (status !== 0 || /Unable to parse|Failed to parse/.test(stderr)) throw new Error(stderr);
  return stdout;
}

const version = ansible("--version").split("\n")[0];
for (const name of readdirSync(cases)) {
  const inventory = readdirSync(join(cases, name)).find((file) => file.startsWith("hosts."));
  const { _meta, ...groups } = JSON.parse(ansible("--list", "--inventory", join(cases, name, inventory)));
  writeFileSync(join(cases, name, "expected.json"), `${JSON.stringify({ by: version, groups, hostvars: _meta.hostvars }, null, 1)}\n`);
}
rmSync(home, { recursive: true });
