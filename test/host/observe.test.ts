import { spawnSync } from "node:child_process";
import { createHash } from "node:crypto";
import { chmodSync, lstatSync, mkdirSync, readFileSync, readdirSync, readlinkSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import type { HostFacts } from "../../provider/facts/hostFacts";
import { parseStream } from "../../provider/facts/stream";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { localShell } from "../../provider/host/localShell";
import { observe, readSnapshot } from "../../provider/host/observe";
import { observeScript } from "../../provider/host/observeScript";
import { aCard, factsOf, gpu, writeTree } from "../facts/trees";

function found(command: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${command}`]).status === 0;
}

const shells = [["dash"], ["bash"], ["busybox sh"]].map(([shell = ""]) => [shell, found(shell.split(" ")[0] ?? "")] as const);
const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function written(tree: TreeSnapshot): string {
  const root = writeTree(tree);
  folders.push(root);
  return root;
}

function reading(root: string, shell = "sh"): Promise<HostFacts> {
  return observe(localShell("the tree", shell), { GPUHOST_ROOT: root });
}

/** A tree with something of every kind: names with blanks, empty files and directories, binaries, answers. */
function everyKind(): TreeSnapshot {
  return aCard({ gpu: { reset: "" } })
    .addText("/etc/default/grub", "A=b:c\n\n  # == end\nGRUB_CMDLINE_LINUX=\"quiet\"")
    .addText("/etc/default/grub.d/with blank 'n quote.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX more"')
    .addText("/boot/grub/grub.cfg", "set superusers=root\npassword_pbkdf2 root grub.pbkdf2.SECRET\nmenuentry 'L' {\n\tlinux /vmlinuz ro\n}")
    .addText("/etc/nova/nova.conf", "[DEFAULT]\ntransport_url = rabbit://u:SECRET@h\npci_foo = 1\n[pci]\ndevice_spec = {\"address\": \"0000:65:00.0\"}\n  more\n# SECRET\n[neutron]\npassword = SECRET\n[filter_scheduler]\nenabled_filters = a")
    .addText("/var/lib/gpuhost/files/a/path", "/etc/gone").addText("/var/lib/gpuhost/files/a/before", "absent")
    .addAnswer("addressed-interfaces", "eth0").addLink("/sys/class/net/eth0", "../../devices/pci0000:00/0000:00:03.0/net/eth0");
}

describe("the reading script", () => {
  test.each(shells.filter(([, there]) => there))("reads the same under %s", async (shell) => {
    const facts = await reading(written(everyKind()), shell);
    const expected = factsOf(everyKind());
    expect(facts.pciDevices).toEqual(expected.pciDevices);
    expect(facts.iommu).toEqual(expected.iommu);
    expect(facts.system).toEqual({ ...expected.system, hostname: { kind: "value", value: "host-1" } });
    expect(facts.uses).toEqual(expected.uses);
    expect([...facts.bootLoader.grubDefaults.keys()]).toEqual([...expected.bootLoader.grubDefaults.keys()]);
    expect(facts.bootLoader.variables).toEqual({ linux: "quiet more", linuxDefault: "" });
    expect(facts.journal.files).toEqual([{ path: "/etc/gone", owner: "", before: "absent", written: "", now: "absent" }]);
  });

  test("a grep that is killed ends the reading: nothing counts as empty for want of its text", async () => {
    const root = written(everyKind());
    const bin = written(aCard());
    const grep = join(bin, "grep");
    writeFileSync(grep, `#!/bin/sh\ncase "$*" in *etc/default/grub*) kill -KILL $$ ;; esac\nexec /usr/bin/grep "$@"\n`);
    chmodSync(grep, 0o755);
    await expect(observe(localShell("the tree", "sh"), { GPUHOST_ROOT: root, PATH: `${bin}:${process.env["PATH"]}` })).rejects.toThrow(/the tree/);
    chmodSync(grep, 0o644);
    expect((await observe(localShell("the tree", "sh"), { GPUHOST_ROOT: root, PATH: `${bin}:${process.env["PATH"]}` })).bootLoader.variables).toEqual({ linux: "quiet more", linuxDefault: "" });
  });

  test("busybox alone, without any other tool, reads the same", async () => {
    if (!found("busybox")) return expect(found("busybox")).toBe(false);
    const root = written(everyKind());
    const tools = written(aCard());
    for (const tool of ["sh", "grep", "xargs", "ls", "head", "dd", "sed", "awk", "sort", "sha256sum", "tr", "uname", "df"]) symlinkSync(spawnSync("sh", ["-c", "command -v busybox"], { encoding: "utf8" }).stdout.trim(), join(tools, tool));
    const run = spawnSync(join(tools, "sh"), ["-s"], { input: observeScript().replace(/^PATH=.*$/m, `PATH='${tools}'`), env: { PATH: tools, GPUHOST_ROOT: root }, encoding: "utf8" });
    expect(run.stderr).toBe("");
    const plain = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...process.env, GPUHOST_ROOT: root }, encoding: "utf8" });
    expect(parseStream(Buffer.from(run.stdout), "a")).toEqual(parseStream(Buffer.from(plain.stdout), "a"));
  });

  test("no password and nothing else of Nova's or GRUB's secrets is printed", async () => {
    const run = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...process.env, GPUHOST_ROOT: written(everyKind()) }, encoding: "utf8" });
    expect(run.stdout).not.toContain("SECRET");
    expect(run.stdout).not.toContain("transport_url");
    expect(run.stdout).toContain("etc/nova/nova.conf:device_spec");
    expect(run.stdout).toContain("etc/nova/nova.conf:  more");
    expect(run.stdout).toContain("etc/nova/nova.conf:pci_foo = 1");
  });

  test("says nothing on stderr, also for an empty tree", async () => {
    const root = written(aCard());
    rmSync(root, { recursive: true });
    mkdirSync(root);
    const run = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...process.env, GPUHOST_ROOT: root }, encoding: "utf8" });
    expect([run.status, run.stderr]).toEqual([0, ""]);
    expect((await reading(root)).pciDevices).toEqual([]);
  });

  test("a link to nowhere hides none of the files beside it", async () => {
    const root = written(aCard().addText("/etc/default/grub.d/50-mine.cfg", 'GRUB_CMDLINE_LINUX="a"').addText("/etc/modprobe.d/mine.conf", "blacklist nouveau"));
    for (const path of ["etc/default/grub.d/00-gone.cfg", "etc/modprobe.d/00-gone.conf"]) symlinkSync("/nonexistent", join(root, path));
    const snapshot = await readSnapshot(localShell("the tree"), { GPUHOST_ROOT: root });
    expect(snapshot.text("/etc/default/grub.d/50-mine.cfg")).toEqual({ kind: "value", value: 'GRUB_CMDLINE_LINUX="a"' });
    expect(snapshot.text("/etc/modprobe.d/mine.conf")).toEqual({ kind: "value", value: "blacklist nouveau" });
    expect(snapshot.text("/etc/default/grub.d/00-gone.cfg").kind).toBe("absent");
  });

  test("a tree that is not there is an error that names it", async () => {
    await expect(reading("/nonexistent/tree")).rejects.toThrow(/the tree: there is no directory/);
  });

  test("only part of the script: nothing is run", () => {
    const script = observeScript();
    const run = spawnSync("sh", ["-s"], { input: script.slice(0, script.length - 40), encoding: "utf8" });
    expect(run.stdout).toBe("");
  });

  test.runIf(found("shellcheck"))("passes shellcheck", () => {
    const run = spawnSync("shellcheck", ["-s", "sh", "-"], { input: observeScript(), encoding: "utf8" });
    expect(run.stdout).toBe("");
  });
});

/** Everything about a tree that a write would change: names, types, modes, times, contents. */
function digest(root: string): string {
  const hash = createHash("sha256");
  for (const entry of readdirSync(root, { recursive: true, encoding: "utf8" }).sort()) {
    const path = join(root, entry);
    const { mode, mtimeMs, ctimeMs, size, ino } = lstatSync(path);
    hash.update(JSON.stringify([entry, mode, mtimeMs, ctimeMs, size, ino]));
    if (lstatSync(path).isSymbolicLink()) hash.update(readlinkSync(path));
    else if (lstatSync(path).isFile()) hash.update(readFileSync(path));
  }
  return hash.digest("hex");
}

describe("the reading script changes nothing", () => {
  test.each(shells.filter(([, there]) => there))("under %s every file, mode and time of the tree stays", async (shell) => {
    const root = written(everyKind());
    const before = digest(root);
    await reading(root, shell);
    expect(digest(root)).toBe(before);
  });

  /** Makes every mount of a name space of its own read-only, and fails where something can be written all the same. */
  const locked = `awk '{ print $5 }' /proc/self/mountinfo | while read -r at; do mount -o remount,bind,ro "$at" 2>/dev/null; done; ! touch /tmp/gpuhost-written 2>/dev/null`;

  test.runIf(spawnSync("unshare", ["-rm", "sh", "-c", locked]).status === 0)("this machine is read with every file system read-only, and the answer is whole", () => {
    const run = spawnSync("unshare", ["-rm", "sh", "-c", `${locked} && exec sh -s`], { input: observeScript(), encoding: "utf8" });
    expect(run.stderr).toBe("");
    expect(parseStream(Buffer.from(run.stdout), "this machine").list("/sys/bus/pci/devices")).toEqual({ kind: "value", value: readdirSync("/sys/bus/pci/devices").sort() });
  });
});

describe("this machine", () => {
  test.each(shells.filter(([, there]) => there))("is read under %s", async (shell) => {
    const facts = await observe(localShell("this machine", shell), { GPUHOST_ROOT: "" });
    expect(facts.system.bootId).toEqual({ kind: "value", value: readFileSync("/proc/sys/kernel/random/boot_id", "utf8").trim() });
    expect(facts.pciDevices.map((device) => device.address)).toEqual(expect.arrayContaining(readdirSync("/sys/bus/pci/devices")));
  });

  test("two readings are equal but for what changes by itself", async () => {
    const [one, two] = [await observe(localShell("this machine"), { GPUHOST_ROOT: "" }), await observe(localShell("this machine"), { GPUHOST_ROOT: "" })];
    // Nova may be running here for other tests, which start and end it.
    const steady = ({ initramfs, nova, ...rest }: HostFacts): unknown => ({ ...rest, initramfs: { ...initramfs, freeBootBytes: null }, installed: nova.installed });
    expect(steady(two)).toEqual(steady(one));
  });
});

test("what lies behind a link into what another user may not enter is unreadable, never absent", async () => {
  if (process.getuid?.() !== 0) return expect(process.getuid?.()).not.toBe(0);
  const root = written(aCard().addText("/private/libvirt/qemu.conf", "security_driver = 0").addText("/private/grub", "x"));
  chmodSync(root, 0o755);
  mkdirSync(join(root, "etc/default"), { recursive: true });
  symlinkSync("../private/libvirt", join(root, "etc/libvirt"));
  symlinkSync("../../private/grub", join(root, "etc/default/grub"));
  chmodSync(join(root, "private"), 0o700);
  const run = spawnSync("setpriv", ["--reuid", "65534", "--regid", "65534", "--clear-groups", "sh", "-s"], { input: observeScript(), env: { ...process.env, GPUHOST_ROOT: root } });
  const snapshot = parseStream(run.stdout, "the tree");
  for (const path of ["/etc/libvirt/qemu.conf", "/etc/default/grub"]) expect(snapshot.text(path), path).toEqual({ kind: "unreadable", reason: "Permission denied" });
});

test("what another user may not read is unreadable, never absent", () => {
  if (process.getuid?.() !== 0) return expect(process.getuid?.()).not.toBe(0);
  const root = written(aCard().addText("/sys/class/dmi/id/product_uuid", "1").addText("/var/lib/gpuhost/lock/owner", "x"));
  chmodSync(root, 0o755);
  chmodSync(join(root, "sys/class/dmi/id/product_uuid"), 0o400);
  chmodSync(join(root, "var/lib/gpuhost"), 0o700);
  writeFileSync(join(root, "script"), observeScript());
  const run = spawnSync("sh", ["-s"], { input: observeScript(), env: { ...process.env, GPUHOST_ROOT: root }, uid: 65534, gid: 65534, encoding: "utf8" });
  expect(run.stdout).toContain("grep: sys/class/dmi/id/product_uuid: Permission denied");
  expect(run.stdout).toContain("U var/lib/gpuhost");
  expect(run.stdout).toContain(`0000:65:00.0/vendor:0x10de`);
  expect(gpu).toBe("0000:65:00.0");
});
