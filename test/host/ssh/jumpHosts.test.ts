import { writeFileSync } from "node:fs";
import { userInfo } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConnectionLostError, HostKeyError, HostUnreachableError } from "../../../provider/errors";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import type { SshShell } from "../../../provider/host/ssh/openSshShell";
import { freePort } from "../../beds/sshd/ports";
import { signal } from "../../beds/sshd/processes";
import { Sshd } from "../../beds/sshd/sshd";

let outer: Sshd;
let middle: Sshd;
let target: Sshd;

beforeAll(async () => {
  const start = () => Sshd.start({ hostKeys: ["ed25519"] });
  [outer, middle, target] = await Promise.all([start(), start(), start()]);
});

afterAll(() => Promise.all([outer, middle, target].map((sshd) => sshd?.dispose())));

const echo = { deadlineSeconds: 20 };

test("a host is reached through two others, and is the one that is named and checked", async () => {
  const shell = await openSshShell(target.connection({ jumpHosts: [outer.connection(), middle.connection()] }));
  const result = await shell.run('echo "$GPUHOST_SSH_CONNECTION"', echo);
  expect(result.stdout.toString()).toMatch(new RegExp(` ${target.port}\\n$`));
  expect(shell.hostKey).toEqual({ kind: "value", value: target.hostKeys.ed25519?.fingerprint });
  await shell.close();
});

test("much output passes through a jump host whole", async () => {
  const shell = await openSshShell(target.connection({ jumpHosts: [outer.connection()] }));
  const { stdout } = await shell.run("head -c 8000000 /dev/zero", { deadlineSeconds: 60 });
  expect(stdout.equals(Buffer.alloc(8_000_000))).toBe(true);
  await shell.close();
});

test("ProxyJump of the configuration file leads there, too", async () => {
  const config = join(target.folder, "config");
  writeFileSync(config, `Host target\n  HostName 127.0.0.1\n  Port ${target.port}\n  ProxyJump outer\nHost outer\n  HostName 127.0.0.1\n  Port ${outer.port}\nHost *\n  User ${userInfo().username}\n  IdentityFile ${outer.client.path}\n  IdentityFile ${target.client.path}\n`);
  const shell = await openSshShell({ host: "target", sshConfigFile: config, agent: false, knownHostsFiles: [outer.knownHosts, target.knownHosts] });
  expect((await shell.run("echo there", echo)).stdout.toString()).toBe("there\n");
  await shell.close();
});

test("an unknown jump host is refused before it can see where we go", async () => {
  const arrivals = () => target.log.match(/Connection from/g)?.length;
  const before = arrivals();
  const unknown = outer.connection({ knownHostsFiles: [] });
  const error = await openSshShell(target.connection({ jumpHosts: [unknown] })).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(HostKeyError);
  expect(arrivals()).toBe(before);
});

test("an unknown host behind a known jump host is refused", async () => {
  const error = await openSshShell(target.connection({ jumpHosts: [outer.connection()], knownHostsFiles: [outer.knownHosts] })).catch((cause: unknown) => cause);
  expect(error).toMatchObject({ code: "host-key-unknown" });
});

test("a jump host that cannot reach the target says so, by both names", async () => {
  const port = await freePort();
  const error = await openSshShell(target.connection({ host: "localhost", port, jumpHosts: [outer.connection()] })).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(HostUnreachableError);
  expect(error).toMatchObject({ code: "jump-refused", message: expect.stringMatching(/^localhost: the jump host 127\.0\.0\.1 does not connect to localhost port/) as string });
});

test("a jump host that forbids forwarding is named", async () => {
  const strict = await Sshd.start({ hostKeys: ["ed25519"], config: ["AllowTcpForwarding no"] });
  try {
    const error = await openSshShell(target.connection({ jumpHosts: [strict.connection()] })).catch((cause: unknown) => cause);
    expect(error).toMatchObject({ code: "jump-refused", message: expect.stringContaining("AllowTcpForwarding") as string });
  } finally {
    await strict.dispose();
  }
});

test("a jump host that dies in the middle of a command ends the command", async () => {
  const shell = await openSshShell(target.connection({ jumpHosts: [outer.connection()] }));
  const running = shell.run("echo up >&2; sleep 20", { deadlineSeconds: 30, onStderrLine: () => outer.sessions().forEach((pid) => signal(pid, "SIGKILL")) });
  await expect(running).rejects.toBeInstanceOf(ConnectionLostError);
  expect(shell.lost).toBeDefined();
});

test("closing the shell closes the connection to every jump host", async () => {
  const shell = await openSshShell(target.connection({ jumpHosts: [outer.connection(), middle.connection()] }));
  expect(outer.sessions().length).toBeGreaterThan(0);
  await shell.close();
  for (const sshd of [outer, middle, target]) await expect.poll(() => sshd.sessions(), { timeout: 10_000 }).toEqual([]);
});

test("many hosts behind one jump host log in to it once, and it is left when the last of them is", async () => {
  await expect.poll(() => outer.sessions(), { timeout: 10_000 }).toEqual([]);
  const logins = () => outer.log.match(/Accepted publickey/g)?.length ?? 0;
  const before = logins();
  const open = () => openSshShell(target.connection({ jumpHosts: [outer.connection()] }));
  const shells = await Promise.all(Array.from({ length: 15 }, open));
  expect(logins() - before).toBe(1);
  const printed = await Promise.all(shells.map((shell, index) => shell.run(`echo ${index}`, echo)));
  expect(printed.map(({ stdout }) => Number(stdout.toString()))).toEqual([...shells.keys()]);
  await Promise.all(shells.slice(1).map((shell) => shell.close()));
  expect((await (shells[0] as SshShell).run("echo still", echo)).stdout.toString()).toBe("still\n");
  await shells[0]?.close();
  await expect.poll(() => outer.sessions(), { timeout: 10_000 }).toEqual([]);
});

test("a jump host that hung while it was idle is connected to anew", async () => {
  const first = await openSshShell(target.connection({ jumpHosts: [outer.connection()] }));
  const frozen = outer.sessions();
  frozen.forEach((pid) => signal(pid, "SIGSTOP"));
  try {
    const second = await openSshShell(target.connection({ jumpHosts: [outer.connection()], connectTimeoutSeconds: 10 }));
    expect((await second.run("echo there", echo)).stdout.toString()).toBe("there\n");
    await second.close();
    expect(first.lost).toBeDefined();
  } finally {
    frozen.forEach((pid) => signal(pid, "SIGKILL"));
  }
});
