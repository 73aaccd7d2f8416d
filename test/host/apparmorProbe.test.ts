import { createHash } from "node:crypto";
import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { decide, guestPolicy } from "../../provider/facts/guestPolicy";
import type { LibvirtPolicy } from "../../provider/facts/hostFacts";
import { known } from "../../provider/facts/reading";
import { localShell } from "../../provider/host/localShell";
import { observe, readSnapshot } from "../../provider/host/observe";
import { recordingEntries } from "../../provider/host/record";
import { openRecording } from "../../provider/host/recordedHost";
import { writeRecording } from "../../provider/host/recordingArchive";
import { abstraction, common, libvirtPolicy } from "../beds/simulated/libvirtPolicy";
import { interpreters } from "./agent/tree";

const path = "/etc/apparmor.d/abstractions/libvirt-qemu";
const md5 = (text: string) => createHash("md5").update(text).digest("hex");
const shipped = abstraction({ container: true });
/** A package's entry between two others; the other file it lists was given up by a later version. */
const status = `Package: apparmor\nStatus: install ok installed\nArchitecture: amd64\nVersion: 3\nConffiles:\n /etc/apparmor.d/tunables/global ${md5("x")}\n\nPackage: libvirt-daemon-system\nStatus: install ok installed\nArchitecture: amd64\nVersion: 1:9.0.0-4\nConffiles:\n ${path} ${md5(shipped)}\n /etc/apparmor.d/usr.lib.libvirt.virt-aa-helper ${md5("old")} obsolete\nDescription: x\n .\n\nPackage: zlib1g\nVersion: 1\n`;

describe.each(interpreters)("libvirt's rules as %s reads them", (interpreter) => {
  let root: string;
  const write = (at: string, text: string | Buffer): void => {
    mkdirSync(dirname(join(root, at)), { recursive: true });
    writeFileSync(join(root, at), text);
  };
  const read = async (): Promise<LibvirtPolicy> => (await observe(localShell("tree", interpreter), { GPUHOST_ROOT: root })).appArmor.libvirt;
  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), "gpuhost-apparmor-"));
    for (const [at, text] of Object.entries({ ...common, ...libvirtPolicy({ container: true }) })) write(at, text);
    write("/var/lib/dpkg/status", status);
  });
  afterEach(() => rmSync(root, { recursive: true, force: true }));

  it("are as shipped, with all that they include", async () => {
    const found = await read();
    expect(found.packaged).toEqual([{ path, package: "libvirt-daemon-system", version: "1:9.0.0-4", asShipped: { kind: "value", value: true }, shipped: { kind: "absent" } }]);
    expect(guestPolicy(found).rules.map(({ item }) => item.text)).toContain("deny /dev/mem rw,");
    expect(decide(guestPolicy(found), "/dev/vfio/vfio", "rw").allowed).toBe(true);
    expect(found.hashes.get(path)).toBe(createHash("sha256").update(shipped).digest("hex"));
  });

  it("were overwritten, and the shipped text lies beside them, or is gone", async () => {
    write(path, abstraction());
    expect((await read()).packaged[0]).toMatchObject({ asShipped: { value: false }, shipped: { kind: "absent" } });
    write(`${path}.dpkg-dist`, shipped);
    const found = await read();
    expect(known(found.packaged[0]?.shipped ?? { kind: "absent" })).toBe(shipped.replace(/\n$/, ""));
    expect(found.leftovers).toEqual([`${path}.dpkg-dist`]);
    write(`${path}.dpkg-dist`, `${shipped}# another version\n`);
    expect((await read()).packaged[0]).toMatchObject({ shipped: { kind: "absent" } });
  });

  it.runIf(spawnSync("dpkg-deb", ["--version"]).status === 0)("were overwritten, and the shipped text is in the package that apt kept", async () => {
    write(path, abstraction());
    write(`/build/DEBIAN/control`, "Package: libvirt-daemon-system\nVersion: 1:9.0.0-4\nArchitecture: amd64\nMaintainer: x <x@example.org>\nDescription: x\n");
    write(`/build${path}`, shipped);
    const archives = join(root, "var/cache/apt/archives");
    mkdirSync(archives, { recursive: true });
    execFileSync("dpkg-deb", ["--build", join(root, "build"), join(archives, "libvirt-daemon-system_1%3a9.0.0-4_amd64.deb")], { stdio: "ignore" });
    expect(known((await read()).packaged[0]?.shipped ?? { kind: "absent" })).toBe(shipped.replace(/\n$/, ""));
  });

  it("are the same in a recording", async () => {
    write(path, abstraction());
    write(`${path}.ucf-dist`, shipped);
    write("/proc/sys/kernel/hostname", "gpu-7\n");
    const recording = join(root, "recording.tar.gz");
    await writeRecording(recordingEntries(await readSnapshot(localShell("tree", interpreter), { GPUHOST_ROOT: root })), recording);
    const tree = await openRecording(recording);
    try {
      expect((await observe(localShell("recording", interpreter), { GPUHOST_ROOT: tree.root })).appArmor).toEqual((await observe(localShell("tree", interpreter), { GPUHOST_ROOT: root })).appArmor);
    } finally {
      await tree.close();
    }
  });

  it("are gone, turned off, elsewhere, or under another driver", async () => {
    rmSync(join(root, path));
    expect((await read()).packaged[0]).toMatchObject({ asShipped: { kind: "absent" } });
    mkdirSync(join(root, "etc/apparmor.d/disable"));
    symlinkSync("/etc/apparmor.d/usr.sbin.libvirtd", join(root, "etc/apparmor.d/disable/usr.sbin.libvirtd"));
    write("/etc/libvirt/qemu.conf", '# security_driver = "selinux"\nsecurity_driver = [ "selinux", "apparmor" ]\nvnc_password = "secret"\n');
    write("/etc/kolla/nova-libvirt/qemu.conf", "x");
    write("/sys/fs/selinux/enforce", "1");
    const found = await read();
    expect(found).toMatchObject({ disabled: ["usr.sbin.libvirtd"], securityDrivers: { value: ["selinux", "apparmor"] }, elsewhere: "kolla", selinux: { value: "enforcing" } });
    expect(JSON.stringify(found)).not.toContain("secret");
  });

  it("are not on a host without libvirt", async () => {
    rmSync(join(root, "etc/apparmor.d"), { recursive: true });
    expect(await read()).toMatchObject({ packaged: [], leftovers: [], elsewhere: null, parser: false, texts: new Map() });
  });
});
