import { execFileSync } from "node:child_process";
import { copyFileSync, readFileSync, renameSync, writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { HostUnreachableError } from "../../../provider/errors";
import type { Connection } from "../../../provider/host/connection";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { Agent } from "../../beds/sshd/agent";
import { makeKey } from "../../beds/sshd/keys";
import type { KeyPair } from "../../beds/sshd/keys";
import { freePort } from "../../beds/sshd/ports";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;
let agents: Agent[] = [];
const passphrase = "correct horse";

beforeAll(async () => {
  sshd = await Sshd.start({ hostKeys: ["ed25519"] });
});

afterAll(() => sshd?.dispose());

afterEach(() => {
  agents.forEach((agent) => agent.dispose());
  agents = [];
});

async function agentWith(...keys: readonly KeyPair[]): Promise<Agent> {
  const agent = await Agent.start(keys.map(({ path }) => path));
  agents.push(agent);
  return agent;
}

let made = 0;
const stranger = (): KeyPair => makeKey(join(sshd.folder, `stranger${++made}`));

/** A key of its own that may log in. */
function friend(type: "ed25519" | "ecdsa" | "rsa" = "ed25519", phrase = ""): KeyPair {
  const key = makeKey(join(sshd.folder, `friend${++made}`), type, phrase);
  writeFileSync(join(sshd.folder, "authorized_keys"), `${key.publicLine}\n`, { flag: "a" });
  return key;
}

async function logIn(changes: Partial<Connection>): Promise<string> {
  const shell = await openSshShell(sshd.connection(changes));
  await shell.close();
  return "in";
}

async function refusal(changes: Partial<Connection>): Promise<HostUnreachableError> {
  const error = await logIn(changes).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(HostUnreachableError);
  return error as HostUnreachableError;
}

test.each(["ed25519", "ecdsa", "rsa"] as const)("an %s key file logs in", async (type) => {
  expect(await logIn({ identityFiles: [friend(type).path] })).toBe("in");
});

test.each(["ed25519", "rsa"] as const)("an encrypted %s key file logs in with its passphrase", async (type) => {
  process.env["GPUHOST_TEST_PASSPHRASE"] = passphrase;
  const changes = { identityFiles: [friend(type, passphrase).path], passphrase: { environment: "GPUHOST_TEST_PASSPHRASE" } };
  expect(await logIn(changes)).toBe("in");
});

test("an encrypted key without a passphrase, and one with a wrong one, are told apart; the passphrase is not told", async () => {
  process.env["GPUHOST_TEST_PASSPHRASE"] = "wrong battery";
  const { path } = friend("ed25519", passphrase);
  expect((await refusal({ identityFiles: [path] })).message).toContain(`key file ${path}: is encrypted, and the connection names no passphrase`);
  const { message } = await refusal({ identityFiles: [path], passphrase: { environment: "GPUHOST_TEST_PASSPHRASE" } });
  expect(message).toContain(`key file ${path}: the passphrase does not open it`);
  expect(message).not.toContain("wrong battery");
});

test("no login names the user, every key that was tried by fingerprint, and every one that was not, and why", async () => {
  const key = stranger();
  const rubbish = join(sshd.folder, "rubbish");
  writeFileSync(rubbish, "no key\n");
  const { code, message } = await refusal({ identityFiles: [key.path, `${key.path}.pub`, rubbish, "/absent/key"] });
  expect(code).toBe("login-refused");
  expect(message).toContain(`Tried: key file ${key.path} (${key.fingerprint}).`);
  expect(message).toContain(`key file ${key.path}.pub: is a public key`);
  expect(message).toContain(`key file ${rubbish}: is in no form this program reads`);
  expect(message).toContain("key file /absent/key: cannot be read (ENOENT)");
});

test("an agent's key logs in", async () => {
  const agent = await agentWith(stranger(), friend());
  expect(await logIn({ identityFiles: [], agent: agent.socket })).toBe("in");
});

test.each(["ecdsa", "rsa"] as const)("an agent's %s key logs in", async (type) => {
  const agent = await agentWith(friend(type));
  expect(await logIn({ identityFiles: [], agent: agent.socket })).toBe("in");
});

test("a certificate in the agent, which this program cannot use, does not hide the keys beside it", async () => {
  const authority = stranger();
  const certified = stranger();
  execFileSync("ssh-keygen", ["-q", "-s", authority.path, "-I", "test", `${certified.path}.pub`], { stdio: "pipe" });
  const agent = await agentWith(certified, friend());
  expect(await logIn({ identityFiles: [], agent: agent.socket })).toBe("in");
});

test.each([[""], [passphrase]])("an older PEM key file logs in (passphrase: '%s')", async (phrase) => {
  process.env["GPUHOST_TEST_PASSPHRASE"] = passphrase;
  const { path } = friend("rsa", phrase);
  execFileSync("ssh-keygen", ["-q", "-p", "-m", "PEM", "-P", phrase, "-N", phrase, "-f", path], { stdio: "pipe" });
  expect(readFileSync(path, "utf8")).toContain("BEGIN RSA PRIVATE KEY");
  expect(await logIn({ identityFiles: [path], passphrase: { environment: "GPUHOST_TEST_PASSPHRASE" } })).toBe("in");
});

test("an agent full of other keys does not use up the server's patience before the named key file", async () => {
  const agent = await agentWith(...Array.from({ length: 8 }, stranger));
  expect(await logIn({ identityFiles: [friend().path], agent: agent.socket })).toBe("in");
});

test("of a full agent, the key whose public half lies beside a named file goes first", async () => {
  const key = friend("ed25519", "");
  const agent = await agentWith(...Array.from({ length: 8 }, stranger), key);
  renameSync(key.path, `${key.path}.moved`);
  expect(await logIn({ identityFiles: [key.path], agent: agent.socket })).toBe("in");
});

test("IdentitiesOnly keeps the agent's other keys away from the host", async () => {
  const wanted = stranger();
  const agent = await agentWith(friend(), wanted);
  const config = join(sshd.folder, "config");
  writeFileSync(config, `IdentityFile ${wanted.path}\nIdentitiesOnly yes\n`);
  const { identityFiles: _none, ...open } = sshd.connection({ agent: agent.socket, sshConfigFile: config });
  await expect(openSshShell(open)).rejects.toThrow("does not let");
  writeFileSync(config, `IdentityFile ${wanted.path}\n`);
  const shell = await openSshShell(open);
  await shell.close();
});

test("the agent is the one of SSH_AUTH_SOCK, unless another or none is named", async () => {
  const agent = await agentWith(friend());
  const { agent: _none, ...open } = sshd.connection({ identityFiles: [] });
  const before = process.env["SSH_AUTH_SOCK"];
  process.env["SSH_AUTH_SOCK"] = agent.socket;
  try {
    const shell = await openSshShell(open);
    await shell.close();
    expect((await refusal({ identityFiles: [], agent: false })).message).toContain("Nothing could be tried");
  } finally {
    if (before === undefined) delete process.env["SSH_AUTH_SOCK"];
    else process.env["SSH_AUTH_SOCK"] = before;
  }
});

test("an agent that is gone or frozen is named, and the key file still logs in", async () => {
  const agent = await agentWith(friend());
  agent.freeze();
  const key = friend();
  expect(await logIn({ identityFiles: [key.path], agent: agent.socket })).toBe("in");
  expect((await refusal({ identityFiles: [stranger().path], agent: "/absent/agent" })).message).toContain("agent at /absent/agent: ");
});

test("nobody listens: the address and port are named", async () => {
  const port = await freePort();
  const error = await refusal({ port });
  expect(error).toMatchObject({ code: "connection-refused", host: "127.0.0.1" });
  expect(error.message).toContain(`127.0.0.1 port ${port}`);
});

test("a name without an address is named as such", async () => {
  expect((await refusal({ host: "no-such-host.invalid", connectTimeoutSeconds: 30 })).code).toBe("host-name-unknown");
});

test("an alias of the configuration file is enough to get in", async () => {
  const key = friend();
  copyFileSync(sshd.knownHosts, join(sshd.folder, "known for alias"));
  const config = join(sshd.folder, "config");
  writeFileSync(
    config,
    `Host gpu1\n  HostName 127.0.0.1\n  Port ${sshd.port}\n  User ${userInfo().username}\n  IdentityFile ${key.path}\n  IdentityAgent none\n  UserKnownHostsFile "${sshd.folder}/known for alias"\n`,
  );
  const shell = await openSshShell({ host: "gpu1", sshConfigFile: config });
  expect(shell.name).toBe("gpu1");
  expect(shell.hostKey).toEqual({ kind: "value", value: sshd.hostKeys.ed25519?.fingerprint });
  await shell.close();
});

test("a server that shares no algorithm with us is named as that, with what it could allow", async () => {
  const modern = await Sshd.start({ hostKeys: ["ed25519"], config: ["KexAlgorithms sntrup761x25519-sha512@openssh.com"] });
  try {
    const error = await openSshShell(modern.connection()).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "no-common-algorithm", message: expect.stringContaining("curve25519-sha256") as string });
  } finally {
    await modern.dispose();
  }
});

test("a server that drops logins while too many wait is tried again", async () => {
  const busy = await Sshd.start({ hostKeys: ["ed25519"], config: ["MaxStartups 2:50:4"] });
  try {
    const shells = await Promise.all(Array.from({ length: 8 }, () => openSshShell(busy.connection())));
    expect(busy.log).toMatch(/drop connection|MaxStartups/);
    await Promise.all(shells.map((shell) => shell.close()));
  } finally {
    await busy.dispose();
  }
});
