import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { describe, expect, it, test } from "vitest";
import { decide, guestPolicy } from "../../provider/facts/guestPolicy";
import { covers, parseProfile } from "../../provider/facts/profileText";
import { value } from "../../provider/facts/reading";
import type { LibvirtPolicy } from "../../provider/facts/hostFacts";
import { factsOf, aHost } from "./trees";

const policyOf = (texts: Readonly<Record<string, string>>): LibvirtPolicy =>
  ({ ...factsOf(aHost()).appArmor.libvirt, texts: new Map(Object.entries(texts).map(([path, text]) => [path, value(text)])) });
const template = "#include <tunables/global>\nprofile LIBVIRT_TEMPLATE flags=(attach_disconnected) {\n  #include <abstractions/libvirt-qemu>\n}";

describe("a pattern of a rule", () => {
  test.each<[string, string, boolean]>([
    ["/dev/vfio/vfio", "/dev/vfio/vfio", true], ["/dev/vfio/*", "/dev/vfio/vfio", true], ["/dev/*", "/dev/vfio/vfio", false], ["/dev/**", "/dev/vfio/vfio", true],
    ["/{dev,run}/vfio/vfio", "/dev/vfio/vfio", true], ["/dev/vfio/{vfio,[0-9]*}", "/dev/vfio/12", true], ["/dev/vfio/[0-9]*", "/dev/vfio/vfio", false],
    ["/dev/vfio/[^0-9]*", "/dev/vfio/vfio", true], ["/dev/vfio/v?io", "/dev/vfio/vfio", true], ["/dev/vfio/*", "/dev/vfio/", false], ["/dev/vfio/vfio*", "/dev/vfio/vfio", true],
    ["/dev/vfio/vfi\\o", "/dev/vfio/vfio", true], ["@{PROC}/vfio", "/dev/vfio/vfio", false], ["/dev/vfio/{vfio", "/dev/vfio/vfio", false], ["/dev.vfio/vfio", "/dev/vfio/vfio", false],
  ])("%s covers %s: %s", (pattern, path, expected) => expect(covers(pattern, path)).toBe(expected));

  it("never throws, and covers its own literal text", () => {
    fc.assert(fc.property(fc.string({ unit: fc.constantFrom("/", "*", "?", "[", "]", "{", "}", ",", "\\", "a", "^", "-", "@", ".") }), (pattern) => {
      expect(typeof covers(pattern, "/dev/vfio/vfio")).toBe("boolean");
      if (!/[*?[\]{}\\@]/.test(pattern)) expect(covers(pattern, pattern)).toBe(true);
    }), { numRuns: 500 });
  });
});

describe("what a profile says of files", () => {
  test.each<[string, readonly string[]]>([
    ["  /dev/vfio/vfio rw, # hot-plug", ["/dev/vfio/vfio rw"]], ["rw /dev/x,", ["/dev/x rw"]], ["file rw /dev/x,", ["/dev/x rw"]], ["audit deny owner /dev/x w,", ["!/dev/x w"]],
    ["/dev/x\n  rw,", ["/dev/x rw"]], ["file,", ["/** rwkl"]], ["deny file,", ["!/** rwkl"]], ['"/dev/a b" r,', ["/dev/a b r"]], ["# /dev/x rw,", []], ["/etc/a#b r,", ["/etc/a#b r"]],
    ["network inet stream,\ncapability setuid,\nunix (send) peer=(label=x),\nsignal (receive) peer=libvirtd,", []],
    ["profile child /usr/bin/x {\n /dev/x rw,\n}\n/dev/y r,", ["/dev/y r"]], ["/{a,b}/c r,", ["/{a,b}/c r"]], ["^hat {\n/dev/x rw, }\n/dev/y r,", ["/dev/y r"]],
    ["profile child /usr/bin/x{\n /dev/x rw,}\n/dev/y r,", ["/dev/y r"]], ["profile child /usr/{,s}bin/x {\n /dev/x rw,\n}\n/dev/y r,", ["/dev/y r"]], ["abi <abi/3.0>,\n# include <x>\n/dev/y r,", ["/dev/y r"]],
    ["/usr/bin/x Cx -> child,", ["/usr/bin/x Cx"]], ["priority=2 /dev/x r,", ["/dev/x r"]],
  ])("%j", (text, expected) => {
    expect(parseProfile(text, 0).flatMap((item) => (item.kind === "file" ? [`${item.deny ? "!" : ""}${item.path} ${item.permissions}`] : []))).toEqual(expected);
  });
});

describe("what a guest may", () => {
  it("follows includes as far as they lead, and says what is missing", () => {
    const policy = guestPolicy(policyOf({ "libvirt/TEMPLATE.qemu": template, "abstractions/libvirt-qemu": "include <abstractions/base>\ninclude <local/abstractions/libvirt-qemu>\ninclude if exists <abstractions/libvirt-qemu.d>" }));
    expect([policy.missing, policy.rules]).toEqual([["local/abstractions/libvirt-qemu"], []]);
  });

  it("takes a rule of a file included twice, of one that includes itself, and what denies over what allows", () => {
    const texts = { "libvirt/TEMPLATE.qemu": template, "abstractions/libvirt-qemu": "include <abstractions/libvirt-qemu>\n/dev/** rw,\ninclude <abstractions/libvirt-qemu.d>", "abstractions/libvirt-qemu.d/a": "audit deny /dev/vfio/* w," };
    expect(decide(guestPolicy(policyOf(texts)), "/dev/vfio/vfio", "rw")).toMatchObject({ allowed: false, denied: { file: "abstractions/libvirt-qemu.d/a" } });
    expect(decide(guestPolicy(policyOf({ ...texts, "abstractions/libvirt-qemu.d/a": "" })), "/dev/vfio/vfio", "rw").allowed).toBe(true);
    expect(decide(guestPolicy(policyOf({ ...texts, "abstractions/libvirt-qemu.d/a": "", "abstractions/libvirt-qemu": "/dev/vfio/vfio r,\n/dev/vfio/* w," })), "/dev/vfio/vfio", "rw").allowed).toBe(true);
  });

  const rule = fc.constantFrom("  /dev/vfio/vfio rw,", "  deny /dev/vfio/* w,", "  /srv/{a,b}/** r,", "  owner /dev/shm/** rwk,", "  # /dev/vfio/vfio rw,", "  profile child /usr/bin/child {\n    /dev/vfio/vfio rw,\n  }", "  profile other /usr/{,s}bin/other {\n    deny /dev/vfio/vfio rw,}", "  capability setuid,", "  network inet stream,");
  const include = fc.constantFrom("  #include <local/abstractions/libvirt-qemu>", "  include if exists <abstractions/libvirt-qemu.d>", "  include if exists <local/abstractions/libvirt-qemu-gpuhost>", "  include <abstractions/other>", "  include if exists <abstractions/nowhere>");
  const text = fc.array(fc.oneof(rule, rule, include), { maxLength: 5 }).map((lines) => lines.join("\n"));
  const leaf = fc.array(rule, { maxLength: 3 }).map((lines) => lines.join("\n"));
  const host = fc.record({
    "abstractions/libvirt-qemu": text, "local/abstractions/libvirt-qemu": leaf, "local/abstractions/libvirt-qemu-gpuhost": leaf, "abstractions/other": leaf,
    "abstractions/libvirt-qemu.d/50-gpuhost": leaf, "abstractions/libvirt-qemu.d/old.dpkg-dist": leaf, "abstractions/libvirt-qemu.d/note~": leaf,
  }, { requiredKeys: ["abstractions/libvirt-qemu", "local/abstractions/libvirt-qemu", "abstractions/other"] });

  it("is what the real apparmor_parser makes of the same files", () => {
    const base = mkdtempSync(join(tmpdir(), "gpuhost-policy-"));
    try {
      fc.assert(fc.property(host, (files) => {
        rmSync(base, { recursive: true });
        const all: Record<string, string> = { ...files, "libvirt/TEMPLATE.qemu": template, "tunables/global": "@{PROC}=/proc/" };
        for (const [path, of] of Object.entries(all)) {
          mkdirSync(dirname(join(base, path)), { recursive: true });
          writeFileSync(join(base, path), `${of}\n`);
        }
        const run = spawnSync("apparmor_parser", ["-Q", "-K", "-p", "-b", base, "-I", base, join(base, "libvirt/TEMPLATE.qemu")], { encoding: "utf8", env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin:/sbin` } });
        // Two children of one name are an error of these files, not of ours.
        fc.pre(!run.stderr.includes("Multiple definitions"));
        expect(run.status, run.stderr).toBe(0);
        const expected = parseProfile(run.stdout.replace(/^\s*##included.*$/gm, ""), 1).flatMap((item) => (item.kind === "file" ? [item.text] : [])).sort();
        expect(guestPolicy(policyOf(all)).rules.map(({ item }) => item.text).sort()).toEqual(expected);
      }), { numRuns: 60 });
    } finally {
      rmSync(base, { recursive: true, force: true });
    }
  });
});
