import { createHash } from "node:crypto";
import type { AppArmorFacts, LibvirtPolicy, PackagedFile } from "./appArmorTypes";
import { absent, known, mapReading, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { flag, linesOf, malformed } from "./values";

const policy = "/etc/apparmor.d";
const folders = ["", "/abstractions", "/abstractions/libvirt-qemu.d", "/libvirt", "/local", "/local/abstractions"];

/** securityfs lists a loaded profile as "NAME (MODE)". */
export function appArmorFacts(snapshot: Snapshot): AppArmorFacts {
  const enabled = "/sys/module/apparmor/parameters/enabled";
  const profiles = "/sys/kernel/security/apparmor/profiles";
  return {
    enabled: flag(snapshot.text(enabled), enabled),
    profiles: mapReading(snapshot.text(profiles), (text) => new Map(linesOf(text).map((line): [string, string] => {
      const match = /^(.*) \(([a-z]+)\)$/.exec(line);
      if (match === null) throw malformed(profiles, line, '"NAME (MODE)"');
      return [match[1] ?? "", match[2] ?? ""];
    }))),
    libvirt: libvirtPolicy(snapshot),
  };
}

function libvirtPolicy(snapshot: Snapshot): LibvirtPolicy {
  const names = (folder: string): readonly string[] => known(snapshot.list(folder)) ?? [];
  const enforce = "/sys/fs/selinux/enforce";
  return {
    securityDrivers: securityDrivers(snapshot.text("/etc/libvirt/qemu.conf")),
    selinux: mapReading(flag(snapshot.text(enforce), enforce), (on) => (on ? "enforcing" : "permissive")),
    elsewhere: names("/etc/kolla").includes("nova-libvirt") ? "kolla" : names("/var/snap").includes("openstack-hypervisor") ? "snap" : null,
    disabled: names(`${policy}/disable`),
    parser: [...names("/usr/sbin"), ...names("/sbin")].includes("apparmor_parser"),
    texts: texts(snapshot),
    hashes: new Map(linesOf(known(snapshot.answer("apparmor-hashes")) ?? "").map((line): [string, string] => [`/${line.slice(66)}`, line.slice(0, 64)])),
    packaged: packaged(snapshot),
    leftovers: folders.flatMap((folder) => names(`${policy}${folder}`).filter((name) => /libvirt|TEMPLATE/.test(name) && /\.(dpkg|ucf)-\w+$|\.rpm(new|save|orig)$/.test(name)).map((name) => `${policy}${folder}/${name}`)),
  };
}

/** A name in a directory without a text was not asked for, unless it could not be read. */
function texts(snapshot: Snapshot): ReadonlyMap<string, Reading<string>> {
  const found = new Map<string, Reading<string>>();
  const walk = (folder: string): void => {
    for (const name of known(snapshot.list(`${policy}${folder}`)) ?? []) {
      const path = `${folder}/${name}`;
      const text = snapshot.text(`${policy}${path}`);
      if (text.kind !== "absent") found.set(path.slice(1), text);
      else if (path.split("/").length < 8) walk(path);
    }
  };
  walk("");
  for (const path of ["abstractions/libvirt-qemu.d"]) {
    const listing = snapshot.list(`${policy}/${path}`);
    if (listing.kind === "unreadable") found.set(path, listing);
  }
  return found;
}

/** `security_driver = "selinux"` or `[ "selinux", "apparmor" ]`, on one line as libvirt's own file has it. */
function securityDrivers(text: Reading<string>): Reading<readonly string[]> {
  if (text.kind !== "value") return text;
  const line = linesOf(text.value).filter((each) => /^\s*security_driver\s*=/.test(each)).at(-1);
  return line === undefined ? absent : value([...line.matchAll(/"([^"]*)"/g)].map((match) => match[1] ?? ""));
}

/** "PACKAGE VERSION ARCHITECTURE MD5 PATH" a line. */
function packaged(snapshot: Snapshot): PackagedFile[] {
  const shipped = new Map<string, string[]>();
  for (const line of linesOf(known(snapshot.answer("apparmor-shipped")) ?? "")) {
    const colon = line.indexOf(":");
    const path = line.slice(0, colon);
    shipped.set(path, [...(shipped.get(path) ?? []), line.slice(colon + 1)]);
  }
  return linesOf(known(snapshot.answer("apparmor-packages")) ?? "").map((line) => {
    const [name, version, architecture, md5, path] = line.split(" ");
    if (name === undefined || version === undefined || architecture === undefined || md5 === undefined || path === undefined) throw malformed("/var/lib/dpkg/status", line, "a package with a configuration file");
    const text = shipped.get(path)?.join("\n");
    // What is not the shipped text byte for byte is none.
    const whole = text !== undefined && md5Of(`${text}\n`) === md5 ? value(text) : absent;
    return { path, package: name, version, asShipped: asShipped(snapshot.text(path), md5), shipped: whole };
  }).sort((a, b) => (a.path < b.path ? -1 : a.path > b.path ? 1 : 0));
}

function asShipped(text: Reading<string>, md5: string): Reading<boolean> {
  if (text.kind === "unreadable") return unreadable(text.reason);
  return mapReading(text, (of) => md5Of(`${of}\n`) === md5 || md5Of(of) === md5);
}

function md5Of(text: string): string {
  return createHash("md5").update(text).digest("hex");
}
