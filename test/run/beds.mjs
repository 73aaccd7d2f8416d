// Which test bed a test file runs on: the one whose folder it imports from, itself or through a helper.
import { existsSync, readFileSync } from "node:fs";
import { dirname, join, relative } from "node:path";
import { root } from "./common.mjs";

/** `command`: also a test that starts this npm script uses the bed, without importing it. */
export const beds = [
  { name: "engine", is: "the real pulumi", folder: "test/beds/engine/", command: /demo\.mjs/ },
  { name: "sshd", is: "a real OpenSSH server", folder: "test/beds/sshd/" },
  { name: "simulated", is: "hosts behind ssh2's server", folder: "test/beds/simulated/", command: /demo\.mjs/ },
  { name: "postgres", is: "a real PostgreSQL that keeps state", folder: "test/beds/postgres/" },
  { name: "chromium", is: "a real browser", folder: "test/beds/chromium/" },
  { name: "openstack", is: "a real control plane of OpenStack", folder: "test/beds/openstack/" },
  { name: "vm", is: "a real kernel with an IOMMU", folder: "test/beds/vm/" },
];

/**
 * The file and everything of the checkout it imports, at any depth; names relative to the checkout. A bed that takes a
 * tool from another bed's folder does not run on that.
 */
function closure(file, seen = new Set()) {
  if (seen.has(file)) return seen;
  seen.add(file);
  const own = beds.find((bed) => file.startsWith(bed.folder));
  for (const [, name] of readFileSync(join(root, file), "utf8").matchAll(/(?:from|import\(|require\()\s*["'](\.[^"']+)["']/g)) {
    const base = join(root, dirname(file), name);
    const found = [base, `${base}.ts`, `${base}/index.ts`].find((path) => /\.\w+$/.test(path) && existsSync(path));
    if (found === undefined) continue;
    const other = beds.find((bed) => relative(root, found).startsWith(bed.folder));
    if (own === undefined || other === undefined || own === other) closure(relative(root, found), seen);
  }
  return seen;
}

/** Names of the beds a test file runs on. */
export function bedsOf(file) {
  const all = [...closure(file)];
  const text = readFileSync(join(root, file), "utf8");
  return beds.filter((bed) => all.some((one) => one.startsWith(bed.folder)) || bed.command?.test(text)).map((bed) => bed.name);
}

/** A line for each bed, and the names of those on which not one test ran. `files` as the tally holds them. */
export function bedsThatRan(files) {
  const missing = [];
  const lines = beds.map(({ name, is }) => {
    const tests = files.filter((file) => bedsOf(file.where).includes(name)).flatMap((file) => file.tests);
    const ran = tests.filter((test) => test.status === "passed" || test.status === "failed").length;
    if (ran === 0) missing.push(name);
    const skipped = tests.length > ran ? `, ${tests.length - ran} skipped` : "";
    return `  ${ran > 0 ? "ran    " : "MISSING"}  ${name.padEnd(9)}  ${is}: ${ran} tests${skipped}`;
  });
  return { lines, missing };
}
