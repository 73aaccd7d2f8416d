import { execFileSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { HostKeyError } from "../../../provider/errors";
import type { Connection } from "../../../provider/host/connection";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import type { KeyPair, KeyType } from "../../beds/sshd/keys";
import { makeKey } from "../../beds/sshd/keys";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;
let stranger: KeyPair;
let strangerRsa: KeyPair;

beforeAll(async () => {
  sshd = await Sshd.start();
  stranger = makeKey(join(sshd.folder, "stranger"));
  strangerRsa = makeKey(join(sshd.folder, "stranger_rsa"), "rsa");
});

afterAll(() => sshd?.dispose());

const own = (type: KeyType): KeyPair => sshd.hostKeys[type] as KeyPair;
const here = () => `[127.0.0.1]:${sshd.port}`;
let files = 0;

function knownHosts(...lines: string[]): Partial<Connection> {
  const file = join(sshd.folder, `known_hosts_${++files}`);
  writeFileSync(file, `${lines.join("\n")}\n`);
  return { knownHostsFiles: [file] };
}

/** The key the connection was made with, or the error that kept it from being made. */
async function outcome(changes: Partial<Connection>): Promise<unknown> {
  try {
    const shell = await openSshShell(sshd.connection(changes));
    await shell.close();
    return shell.hostKey.kind === "value" ? shell.hostKey.value : shell.hostKey;
  } catch (cause) {
    expect(cause).toBeInstanceOf(HostKeyError);
    return cause;
  }
}

async function refusal(changes: Partial<Connection>): Promise<HostKeyError> {
  const error = await outcome(changes);
  expect(error).toBeInstanceOf(HostKeyError);
  return error as HostKeyError;
}

test.each(["ed25519", "ecdsa", "rsa"] as const)("a host known only by its %s key is asked for that one", async (type) => {
  expect(await outcome(knownHosts(`${here()} ${own(type).publicLine}`))).toBe(own(type).fingerprint);
});

test("hashed lines count", async () => {
  const changes = knownHosts(`${here()} ${own("ecdsa").publicLine}`);
  execFileSync("ssh-keygen", ["-q", "-H", "-f", changes.knownHostsFiles?.[0] as string], { stdio: "ignore" });
  expect(await outcome(changes)).toBe(own("ecdsa").fingerprint);
});

test("a key known for the bare name counts for another port of the same name, as in OpenSSH", async () => {
  expect(await outcome(knownHosts(`127.0.0.1 ${own("rsa").publicLine}`))).toBe(own("rsa").fingerprint);
});

test("a key known for this port decides, whatever is known for the bare name", async () => {
  const changes = knownHosts(`127.0.0.1 ${own("rsa").publicLine}`, `${here()} ${stranger.publicLine}`);
  expect((await refusal(changes)).code).toBe("host-key-changed");
});

test("an unknown host is refused, with what to compare and what to add", async () => {
  const error = await refusal(knownHosts(""));
  expect(error.code).toBe("host-key-unknown");
  expect(error.message).toContain(`It shows ssh-ed25519 ${own("ed25519").fingerprint}.`);
  const line = error.message.slice(error.message.indexOf(`: ${here()} ssh-`) + 2);
  expect(await outcome(knownHosts(line))).toBe(own("ed25519").fingerprint);
});

test("nothing is sent to a refused host: it never learns a user name", async () => {
  const fresh = await Sshd.start({ hostKeys: ["ed25519"] });
  try {
    await refusal({ ...knownHosts(""), port: fresh.port, user: "nobody-at-all" });
    await fresh.stop();
    expect(fresh.log).toContain("Connection from 127.0.0.1");
    expect(fresh.log).not.toContain("nobody-at-all");
  } finally {
    await fresh.dispose();
  }
});

test("an unknown host may be accepted by name, and nothing is written down", async () => {
  const changes = knownHosts("# none");
  expect(await outcome({ ...changes, acceptUnknownHostKey: true })).toBe(own("ed25519").fingerprint);
  expect(readFileSync(changes.knownHostsFiles?.[0] as string, "utf8")).toBe("# none\n");
});

test("a changed key is refused with both fingerprints, the line, and the way out", async () => {
  const changes = knownHosts("# first line", `${here()} ${stranger.publicLine}`);
  const { code, message } = await refusal(changes);
  const file = changes.knownHostsFiles?.[0];
  expect(code).toBe("host-key-changed");
  expect(message).toContain(`it shows ssh-ed25519 ${own("ed25519").fingerprint}`);
  expect(message).toContain(`is known by ssh-ed25519 ${stranger.fingerprint} at ${file}:2`);
  expect(message).toContain(`ssh-keygen -R '${here()}' -f ${file}`);
});

test("a changed key is refused also where unknown ones are accepted", async () => {
  const changes = knownHosts(`${here()} ${stranger.publicLine}`);
  expect((await refusal({ ...changes, acceptUnknownHostKey: true })).code).toBe("host-key-changed");
});

test("a host that shows a key of a type it is not known by is refused as changed", async () => {
  const narrow = await Sshd.start({ hostKeys: ["ed25519"] });
  try {
    const changes = { port: narrow.port, ...knownHosts(`[127.0.0.1]:${narrow.port} ${strangerRsa.publicLine}`) };
    expect((await refusal(changes)).code).toBe("host-key-changed");
  } finally {
    await narrow.dispose();
  }
});

test("a revoked key is refused, also when it is known or pinned", async () => {
  const revoked = `@revoked ${here()} ${own("ed25519").publicLine}`;
  expect((await refusal(knownHosts(revoked, `${here()} ${own("ed25519").publicLine}`))).code).toBe("host-key-revoked");
  expect((await refusal({ ...knownHosts("@revoked * " + own("ed25519").publicLine), hostKey: own("ed25519").fingerprint })).code).toBe("host-key-revoked");
});

test("a certificate authority is refused by name, unless the key itself is known", async () => {
  const authority = `@cert-authority *,${here()} ${stranger.publicLine}`;
  const { code, message } = await refusal(knownHosts(authority));
  expect(code).toBe("host-key-certificate");
  expect(message).toContain("cannot check OpenSSH certificates");
  expect(await outcome(knownHosts(authority, `${here()} ${own("ed25519").publicLine}`))).toBe(own("ed25519").fingerprint);
});

test("a negated pattern keeps a line from counting", async () => {
  expect((await refusal(knownHosts(`*,!${here()},!127.0.0.1 ${own("ed25519").publicLine}`))).code).toBe("host-key-unknown");
});

test.each(["ed25519", "ecdsa", "rsa"] as const)("a pinned fingerprint of the %s key is found among the host's keys", async (type) => {
  expect(await outcome({ ...knownHosts(""), hostKey: own(type).fingerprint })).toBe(own(type).fingerprint);
});

test("a pinned public key is asked for by its type", async () => {
  expect(await outcome({ ...knownHosts(""), hostKey: `${own("rsa").publicLine} of the host` })).toBe(own("rsa").fingerprint);
});

test("a pin overrules known_hosts, and another key than the pinned is refused", async () => {
  const known = knownHosts(`${here()} ${own("ed25519").publicLine}`);
  const { code, message } = await refusal({ ...known, hostKey: stranger.fingerprint });
  expect(code).toBe("host-key-changed");
  expect(message).toContain(stranger.fingerprint);
  for (const type of ["ed25519", "ecdsa", "rsa"] as const) expect(message).toContain(own(type).fingerprint);
});

test("a pin in no known form is refused before anything is dialled", async () => {
  expect((await refusal({ hostKey: "SHA256:oops", port: 1 })).code).toBe("host-key-malformed");
});

test("a known_hosts file that cannot be read is not an empty one", async () => {
  expect((await refusal({ knownHostsFiles: [sshd.folder] })).code).toBe("known-hosts-unreadable");
});
