import { execFileSync } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterAll, beforeAll, expect, test } from "vitest";
import { fingerprint, keysFor, keyType, knownHostsName, parsePinnedKey } from "../../../provider/host/ssh/knownHosts";
import { installOpenSsh } from "../../beds/sshd/install";
import type { KeyPair } from "../../beds/sshd/keys";
import { makeKey } from "../../beds/sshd/keys";

let folder: string;
let key: KeyPair;

beforeAll(() => {
  installOpenSsh();
  folder = mkdtempSync(join(tmpdir(), "gpuhost-known-hosts-"));
  key = makeKey(join(folder, "key"));
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

/** What ssh-keygen finds: line number and role of each. */
function oracle(name: string, file: string): string[] {
  try {
    const found = execFileSync("ssh-keygen", ["-F", name, "-f", file], { encoding: "utf8", stdio: ["ignore", "pipe", "ignore"] });
    return [...found.matchAll(/^# Host .* found: line (\d+) ?(CA|REVOKED)?/gm)].map(([, line, role]) => `${line}${role ?? ""}`);
  } catch (cause) {
    if ((cause as { status?: number }).status === 1) return [];
    throw cause;
  }
}

function ours(name: string, text: string): string[] {
  const short = { host: "", "certificate-authority": "CA", revoked: "REVOKED" };
  return keysFor(name, text, "f").map(({ where, role }) => `${where.slice(2)}${short[role]}`);
}

const part = fc.stringMatching(/^[ab]{1,2}$/);
const host = fc.oneof(
  fc.tuple(part, part).map((parts) => parts.join(".")),
  fc.constantFrom("10.0.0.1", "fe80::1", "[a.b]:2222", "[10.0.0.1]:22", "a"),
);
const pattern = fc.oneof(host, fc.stringMatching(/^!?[abAB.*?]{1,5}$/), fc.constantFrom("*", "!*", "[*]:2222", "?.b", "a.*", "!a.b", ""));
const hashed = fc.tuple(host, fc.uint8Array({ minLength: 20, maxLength: 20 })).map(([name, salt]) => {
  const hash = createHmac("sha1", salt).update(name).digest("base64");
  return `|1|${Buffer.from(salt).toString("base64")}|${hash}`;
});
const hosts = fc.oneof({ weight: 3, arbitrary: fc.array(pattern, { minLength: 1, maxLength: 4 }).map((all) => all.join(",")) }, hashed);
const line = (publicLine: string) =>
  fc.oneof(
    { weight: 8, arbitrary: fc.tuple(fc.constantFrom("", "", "@cert-authority ", "@revoked ", "@odd ", "\t"), hosts, fc.constantFrom("", " a comment")).map(([marker, names, comment]) => `${marker}${names} ${publicLine}${comment}`) },
    fc.constantFrom("", "# comment", "a.b", `  a.b ${publicLine}`, `a.b\t${publicLine}`),
  );

test("the lines found for a host are the ones that ssh-keygen -F finds", () => {
  let found = 0;
  fc.assert(
    fc.property(fc.array(line(key.publicLine), { maxLength: 6 }), host, (lines, name) => {
      const text = `${lines.join("\n")}\n`;
      const file = join(folder, "known_hosts");
      writeFileSync(file, text);
      const expected = oracle(name, file);
      found += expected.length;
      expect(ours(name, text)).toEqual(expected);
    }),
    { numRuns: 200 },
  );
  // A property that never meets a match proves nothing.
  expect(found).toBeGreaterThan(50);
});

test("lines whose key is cut off, of another type than they say, or absent are skipped", () => {
  const encoded = key.publicLine.split(" ")[1] as string;
  const lines = ["a.b ssh-ed25519", "a.b ssh-ed25519 AAAA", `a.b ssh-ed25519 ${encoded.slice(0, 24)}!`, `a.b ssh-rsa ${encoded}`, `a.b ${key.publicLine}`];
  expect(ours("a.b", lines.join("\n"))).toEqual(["5"]);
});

test("a file hashed by ssh-keygen -H is found by the plain name", () => {
  const file = join(folder, "hashed");
  writeFileSync(file, `gpu1.example ${key.publicLine}\n[gpu2.example]:2222 ${key.publicLine}\n`);
  execFileSync("ssh-keygen", ["-q", "-H", "-f", file], { stdio: "ignore" });
  const text = execFileSync("cat", [file], { encoding: "utf8" });
  expect(text).not.toContain("example");
  expect(ours("gpu1.example", text)).toEqual(["1"]);
  expect(ours("[gpu2.example]:2222", text)).toEqual(["2"]);
  expect(ours("gpu2.example", text)).toEqual([]);
});

test("names are looked up as OpenSSH writes them", () => {
  expect(knownHostsName("GPU1.Example", 22)).toBe("gpu1.example");
  expect(knownHostsName("gpu1", 2222)).toBe("[gpu1]:2222");
});

test("a key's type and fingerprint are the ones ssh-keygen says", () => {
  const blob = Buffer.from(key.publicLine.split(" ")[1] as string, "base64");
  expect(keyType(blob)).toBe("ssh-ed25519");
  expect(fingerprint(blob)).toBe(key.fingerprint);
});

test("no bytes make the type of a key throw", () => {
  fc.assert(fc.property(fc.uint8Array({ maxLength: 40 }), (bytes) => {
    const type = keyType(Buffer.from(bytes));
    expect(type === undefined || type.length > 0).toBe(true);
  }));
});

test("a pin is a fingerprint or a public key, and nothing else", () => {
  expect(parsePinnedKey(key.fingerprint)).toEqual({ fingerprint: key.fingerprint });
  expect(parsePinnedKey(`${key.publicLine} someone@somewhere`)).toEqual({ fingerprint: key.fingerprint, type: "ssh-ed25519" });
  for (const wrong of ["", "SHA256:short", "MD5:00:11", "ssh-ed25519", "ssh-ed25519 AAAA", `ssh-rsa ${key.publicLine.split(" ")[1]}`]) {
    expect(parsePinnedKey(wrong)).toBeUndefined();
  }
});
