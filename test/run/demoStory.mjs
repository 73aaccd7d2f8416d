// What `npm run demo` shows once its hosts are up, step by step, and what has to come out of each.
import { createHash } from "node:crypto";
import { readFileSync, readdirSync, readlinkSync } from "node:fs";
import { join } from "node:path";
import { Stop } from "./common.mjs";
import { kinds, plain, readable, updateProgress } from "./previewText.mjs";

const card = ["0000:65:00.0", "0000:65:00.1"];

/** What a host would lose if anything touched it: every file of its disk and every attribute and binding of its devices. */
function fingerprint(host) {
  const found = new Map();
  for (const folder of ["etc", "boot", "lib", "usr", "var", "sys/devices"]) walk(host.files.at(folder), found);
  return found;
}

function walk(folder, found) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) walk(path, found);
    else if (entry.isSymbolicLink()) found.set(path, readlinkSync(path));
    else if (entry.isFile()) found.set(path, createHash("sha256").update(readFileSync(path)).digest("hex"));
  }
}

const driver = (host, address) => host.files.linkName(`/sys/bus/pci/devices/${address}/driver`) ?? "no driver";

/** One line of what a machine says of itself, read from its own files and not from Pulumi's state. */
function machineSays(host) {
  const bound = card.map((address) => `${address} on ${driver(host, address)}`).join(", ");
  return `${bound}; command line: ${host.files.read("/proc/cmdline").replace(/^.* ro +/, "")}`;
}

function expect(condition, what, output) {
  if (!condition) throw new Stop(`The demo came out other than announced: ${what}.\n${output ? plain(output).split("\n").slice(-60).join("\n") : ""}`);
}

const bothRefused = (output) => /error: 1 of 3 hosts unreachable: gpu-3; 1 of 3 hosts refused: gpu-2\./.test(plain(output));

async function statuses(demo, pulumi) {
  const { output } = await pulumi(demo, ["stack", "export"]);
  const resources = JSON.parse(output.slice(output.indexOf("{"))).deployment.resources ?? [];
  const told = resources.filter(({ outputs }) => outputs?.status).map(({ type, outputs }) =>
    ({ host: outputs.connection.host, kind: type.replace(/^.*:/, ""), status: outputs.status, says: outputs.says, ready: outputs.ready }));
  return told.sort((a, b) => a.host.localeCompare(b.host) || kinds.indexOf(a.kind) - kinds.indexOf(b.kind));
}

export async function tell({ demo, pulumi, heading, print, full }) {
  const [first, second] = demo.fleet.hosts;
  const untouched = fingerprint(second);
  const before = fingerprint(first);
  const made = await pulumi(demo, ["stack", "init"]);
  expect(made.status === 0, "a stack could be made", made.output);

  heading("1  $ pulumi preview --diff");
  if (!full) print("Ordered by host and shortened to what is found and planned; npm run demo -- --full shows every line.\n");
  const preview = await pulumi(demo, ["preview", "--diff"], undefined, "preview: reading the hosts");
  print(readable(preview.output, full));
  expect(same(before, fingerprint(first)), "the preview changed a file of gpu-1");
  expect(bothRefused(preview.output), "gpu-2 is refused and gpu-3 is unreachable", preview.output);
  print("\nLook at");
  print("  plan      each thing that will be touched, with what becomes of it: this is what you review, and all that up may do");
  print("  gpu-2     refused, with what was found and the choices; gpu-3 unreachable. Both are in the preview, and in the exit status");
  print(`  gpu-1     all ${before.size} files and bindings are the same as before the preview (compared just now)`);

  heading("2  $ pulumi up --continue-on-error   (the part after its own preview)");
  const up = await pulumi(demo, ["up", "--yes", "--continue-on-error"], updateProgress(print), "up: previewing once more, then working on the hosts");
  expect(first.boots === 2, "gpu-1 was rebooted once", up.output);

  heading("3  What the machines say now, read from their own files");
  print(`  gpu-1  rebooted once; ${machineSays(first)}; /dev/vfio: ${readdirSync(first.files.at("/dev/vfio")).join(" ")}`);
  print(`  gpu-2  ${machineSays(second)}; all ${untouched.size} files and bindings as before`);
  print("  gpu-3  never answered");
  print("\nand what Pulumi's state says");
  for (const { kind, host, status, says, ready } of await statuses(demo, pulumi)) {
    const why = says.length > 90 ? `${says.slice(0, 90)}...` : says;
    print(`  ${host}  ${kind.padEnd(18)} ${status}${ready === undefined ? "" : `, ready: ${ready}`}${why ? ` (${why})` : ""}`);
  }
  expect(card.every((address) => driver(first, address) === "vfio-pci"), "both functions of gpu-1's card are on vfio-pci", up.output);
  expect(same(untouched, fingerprint(second)), "gpu-2 was touched", up.output);
  const ready = (await statuses(demo, pulumi)).filter((one) => one.ready === true).map(({ host }) => host);
  expect(ready.length === 1 && ready[0] === "gpu-1", `gpu-1 alone is ready, found: ${ready.join(" ") || "none"}`, up.output);

  heading("4  $ pulumi preview --diff   (nothing left to do but the two refusals)");
  const again = await pulumi(demo, ["preview", "--diff"], undefined, "preview: reading the hosts");
  print(readable(again.output, full));
  expect(bothRefused(again.output) && !/\d+ to (create|update|delete|replace)/.test(plain(again.output)), "the second preview has nothing to do", again.output);
  print("\ngpu-1 is ready, and proven so by a fresh read. gpu-2 waits for a person's decision, gpu-3 for its network.");
}

function same(one, other) {
  return one.size === other.size && [...one].every(([path, hash]) => other.get(path) === hash);
}
