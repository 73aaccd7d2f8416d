import { spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { localShell } from "../../provider/host/localShell";
import { hostFacts } from "../../provider/facts/assemble";
import { parseStream } from "../../provider/facts/stream";
import { absent } from "../../provider/facts/reading";
import { observe, readSnapshot } from "../../provider/host/observe";
import { observeScript } from "../../provider/host/observeScript";
import { writeTree } from "../facts/trees";
import { effectiveNovaConfiguration } from "../../provider/facts/nova/effective";

const shells = ["dash", "bash", "busybox sh"].map((shell) => [shell, spawnSync("sh", ["-c", `command -v ${shell.split(" ")[0]}`]).status === 0] as const);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function tree(files: Readonly<Record<string, string>>): string {
  const root = mkdtempSync(join(tmpdir(), "gpuhost-nova-"));
  folders.push(root);
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
  return root;
}

const read = (root: string, shell = "sh"): Promise<HostFacts> => observe(localShell("the tree", shell), { GPUHOST_ROOT: root });

/** A process as /proc shows it, with the host's own root unless it runs in a container. */
function process(pid: number, comm: string, args: readonly string[], environment: readonly string[] = [], unit = ""): Record<string, string> {
  return {
    [`proc/${pid}/comm`]: `${comm}\n`, [`proc/${pid}/cmdline`]: args.map((argument) => `${argument}\0`).join(""),
    [`proc/${pid}/environ`]: environment.map((variable) => `${variable}\0`).join(""), [`proc/${pid}/cgroup`]: `0::/system.slice/${unit}\n`,
  };
}

const compute = ["/usr/bin/python3", "-s", "/opt/nova/bin/nova-compute", "--config-file", "/srv/nova/a b.conf", "--config-dir=/srv/drop"];
const region = {
  ...process(10, "nova-compute", compute, ["HOME=/var/lib/nova", "OS_PASSWORD=SECRET"], "nova-compute.service"), ...process(11, "nova-compute", compute),
  ...process(20, "uwsgi", ["/usr/bin/uwsgi_python3", "--set", "password=SECRET", "--wsgi", "nova.wsgi.osapi_compute:application", "--pyargv", "--config-file=/srv/api.conf --config-file /srv/more.conf token=SECRET", "next=SECRET"], ["OS_NOVA_CONFIG_DIR=/srv/api"]),
  ...process(30, "nova-scheduler:", ["nova-scheduler: master process [/opt/nova/bin/nova-scheduler --config-file /srv/nova/a.conf]   "]),
  ...process(31, "nova-scheduler:", ["nova-scheduler: ServiceWrapper worker(0)"]),
  ...process(40, "python3", ["/usr/bin/python3", "/usr/bin/privsep-helper", "--config-file", "/srv/privsep.conf", "nova.privsep=SECRET"]),
  ...process(41, "mysql", ["mysql", "-unova", "-pSECRET"]), ...process(42, "tail", ["tail", "/var/log/nova/nova-compute.log"]),
  "opt/nova/lib/python3.11/site-packages/nova-31.0.1.dist-info/METADATA": "", "usr/lib/python3/dist-packages/nova-26.2.2.egg-info/PKG-INFO": "",
  "var/lib/dpkg/status": "Package: nova-common\nStatus: deinstall ok config-files\nVersion: 2:20.0.0-1\n\nPackage: python3-nova\nStatus: install ok installed\nVersion: 2:26.2.2-1\n",
  "srv/nova/a b.conf": "[DEFAULT]\nsecret = SECRET\n[PCI]\nalias = one\n  two\n\n three SECRET\n[database]\nconnection = SECRET\nbroken SECRET\n[pci] ; SECRET\n",
  "srv/drop/b.conf": "[pci]\r\nreport_in_placement = true\r\n", "srv/drop/.c.conf": "[pci]\n", "srv/nova/a.conf": "[filter_scheduler]\nenabled_filters = A\n", "srv/api.conf": "[pci]\nalias = api\n",
  "etc/kolla/nova-compute/nova.conf": "[pci]\nalias = kolla\n", "etc/nova/nova.conf": "# configuration file maintained by Juju\n[pci]\n",
};

describe.each(shells.filter(([, there]) => there))("Nova under %s", (shell) => {
  test("services with their arguments, units, versions and homes; workers once, helpers and clients not at all", async () => {
    const { nova } = await read(tree(region), shell);
    expect(nova.services?.map(({ name, program, args, unit, version }) => ({ name, program, args, unit, version }))).toEqual([
      { name: "nova-compute", program: "nova-compute", args: compute.slice(3), unit: "nova-compute.service", version: "31.0.1" },
      { name: "nova-api", program: "uwsgi_python3", args: ["--config-file=/srv/api.conf", "--config-file", "/srv/more.conf"], unit: undefined, version: "26.2.2" },
      { name: "nova-scheduler", program: "nova-scheduler", args: ["--config-file", "/srv/nova/a.conf"], unit: undefined, version: "31.0.1" },
    ]);
    expect(nova.services?.[0]?.environment).toEqual(new Map([["HOME", "/var/lib/nova"]]));
    expect(nova.computeCommandLine).toEqual({ kind: "value", value: compute });
    expect(nova.installed).toEqual(["26.2.2", "31.0.1", "2:26.2.2-1"]);
    expect(nova.managers?.map(({ name }) => name)).toEqual(["kolla", "juju"]);
  });

  test("every file that a command line names, its sections about PCI and nothing else", async () => {
    const { nova } = await read(tree(region), shell);
    expect(nova.files.get("/srv/nova/a b.conf")).toBe("[DEFAULT]\n[PCI]\nalias = one\n  two\n?7 continuation\n?10 assignment\n?11 section");
    const of = effectiveNovaConfiguration(nova, nova.services?.[0] ?? "nova-compute");
    expect(of.files.map(({ path }) => path)).toEqual(["/srv/nova/a b.conf", "/srv/drop/b.conf"]);
    expect([of.alias.map(({ value }) => value), of.reportInPlacement.value, of.faults[0]?.line]).toEqual([["one\ntwo"], true, 7]);
    expect(JSON.stringify([nova.services?.map(({ args }) => args), [...nova.files], nova.managers])).not.toContain("SECRET");
  });

  test("a container's files are read in its own root", async () => {
    const inside = { "proc/50/root/etc/nova/nova.conf": "[pci]\nalias = inside\n", "proc/50/root/var/lib/kolla/venv/lib/python3.12/site-packages/nova-32.0.0.dist-info/METADATA": "" };
    const { nova } = await read(tree({ ...process(50, "nova-compute", ["/var/lib/kolla/venv/bin/python", "/var/lib/kolla/venv/bin/nova-compute"]), ...inside, "etc/nova/nova.conf": "[pci]\nalias = host\n" }), shell);
    const service = nova.services?.[0];
    expect(service).toMatchObject({ container: "nova-compute container", version: "32.0.0" });
    expect(effectiveNovaConfiguration(nova, service ?? "").alias).toEqual([{ value: "inside", file: "nova-compute container:/etc/nova/nova.conf", name: { group: "pci", name: "alias" } }]);
  });
});

test("a directory that may not be entered is not the same as none", () => {
  if (globalThis.process.getuid?.() !== 0) return expect(globalThis.process.getuid?.()).not.toBe(0);
  const root = tree({ "etc/nova/nova.conf": "[pci]\n" });
  chmodSync(root, 0o755);
  chmodSync(join(root, "etc/nova"), 0o700);
  const run = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...globalThis.process.env, GPUHOST_ROOT: root }, uid: 65534, gid: 65534, encoding: "utf8" });
  const { nova } = hostFacts(parseStream(Buffer.from(run.stdout), "a"), absent);
  expect(effectiveNovaConfiguration(nova, "nova-compute").notRead).toEqual([{ path: "/etc/nova/nova.conf", reason: "Permission denied" }]);
});

test("a recording of it gives the same answer", async () => {
  const snapshot = await readSnapshot(localShell("the tree"), { GPUHOST_ROOT: tree(region) });
  const again = writeTree(snapshot);
  folders.push(again);
  expect((await read(again)).nova).toEqual(hostFacts(snapshot, absent).nova);
});

test("nothing secret is in what the script prints", () => {
  const run = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...globalThis.process.env, GPUHOST_ROOT: tree(region) }, encoding: "utf8" });
  expect(run.stdout).toContain("nova-compute");
  expect(run.stdout).not.toContain("SECRET");
  expect(run.stderr).toBe("");
});
