// `npm test`: installs what it needs, then runs everything: build, type check, lint, shellcheck, and the tests on every
// bed. Its last line counts them. With CI=true nothing may be skipped: a bed that is missing is a failure.
// `npm test -- test/plan` runs the tests of one room only, with the same preparations.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { join } from "node:path";
import { Stop, again, binFolder, environmentWith, node24, root, run, say, script } from "./common.mjs";
import { bedsThatRan } from "./beds.mjs";
import { build } from "./build.mjs";
import { packages } from "./packages.mjs";
import { Tally } from "./tally.mjs";
import { toolchain } from "./toolchain.mjs";

const ci = /^(1|true)$/i.test(process.env.CI ?? "");
const filters = process.argv.slice(2);

/** Every shell script of the repository: those that begin with #!, and parts that are put together before they run. */
function shellScripts() {
  const files = ["provider", "test", "examples", ".ci"].map((folder) => join(root, folder)).filter(existsSync).flatMap((folder) =>
    readdirSync(folder, { recursive: true, withFileTypes: true })
      .filter((entry) => entry.isFile() && (entry.name.endsWith(".sh") || entry.parentPath.endsWith(".ci")))
      .map((entry) => join(entry.parentPath, entry.name))
      .filter((file) => !file.includes("/node_modules/")));
  const namesShell = (file) => readFileSync(file, "utf8").startsWith("#!");
  return [files.filter(namesShell), files.filter((file) => !namesShell(file))];
}

/** Makes what a bed starts from, or finds it in the cache. False where that cannot be had. */
async function prepared(bed, what, args) {
  say(`${bed}: ${what} (minutes the first time)`);
  const { status, output } = await run(node24, [join(root, "test", "run", "lab.mjs"), ...args], {
    what: bed, onLine: (line) => say(`${bed}: ${line}`),
  });
  if (status === 0) return true;
  say(`${bed}: cannot be had here: ${output.trim().split("\n").pop()}`);
  return false;
}

/** The projects on beds, but those whose bed cannot be had and those that no filter asks for. */
async function projectsOnBeds() {
  const wanted = (pattern) => filters.length === 0 || filters.some((filter) => pattern.test(filter));
  const projects = ["engine"];
  const onCloud = wanted(/^test\/openstack|cloud/);
  if (onCloud && await prepared("openstack bed", "MariaDB, RabbitMQ, Keystone, Placement, Nova and Neutron", ["openstack", "build"])) projects.push("cloud");
  if (wanted(/^test\/vm/) && await prepared("vm lab", "QEMU, images and saved states", ["build"])) projects.push("vm");
  return projects;
}

async function everything(tally, tools) {
  await packages();
  const environment = environmentWith(tools.folders);
  await tally.check("build", build);
  await tally.command("types of the tests", node24, [join(binFolder, "tsc"), "-p", "test/tsconfig.json"], { what: "types" });
  await tally.command("lint", node24, [join(binFolder, "oxlint"), "--quiet", "--no-error-on-unmatched-pattern", "provider", "test", "examples"]);
  // A part of a script has no first line of its own, and its variables are used in other parts.
  const [whole, parts] = shellScripts();
  await tally.command("shellcheck: scripts", "shellcheck", ["--external-sources", ...whole]);
  if (parts.length > 0) await tally.command("shellcheck: parts of scripts", "shellcheck", ["--shell=sh", "--exclude=SC2034,SC2154", ...parts]);
  await tally.vitest("fast", ["fast"], "default", environment, filters);
  await tally.vitest("beds", await projectsOnBeds(), "verbose", environment, filters);
  if (filters.length > 0) return;
  const { lines, missing } = bedsThatRan(tally.files);
  process.stdout.write(`\nBeds\n${lines.join("\n")}\n`);
  if (!ci) return;
  for (const bed of missing) tally.fail(`bed ${bed} did not run, and CI=true lets nothing be skipped`);
  if (tally.skipped > 0) tally.fail(`${tally.skipped} tests were skipped, and CI=true lets nothing be skipped`);
}

await script(async () => {
  const tally = new Tally();
  try {
    const tools = await toolchain();
    const elsewhere = await again();
    if (elsewhere !== undefined) return elsewhere;
    await everything(tally, tools);
  } catch (error) {
    tally.fail(error instanceof Stop ? error.message : error.stack);
  }
  tally.explain();
  say("done");
  process.stdout.write(`${tally.line}\n`);
  return tally.failed > 0 ? 1 : 0;
});
