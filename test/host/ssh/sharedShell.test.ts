import { readFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, expect, test } from "vitest";
import { ConnectionLostError } from "../../../provider/errors";
import { closeSharedShells, sharedShell } from "../../../provider/host/ssh/sharedShell";
import { signal } from "../../beds/sshd/processes";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;

beforeAll(async () => {
  sshd = await Sshd.start({ hostKeys: ["ed25519"] });
});

afterAll(async () => {
  await closeSharedShells();
  await sshd?.dispose();
});

const logins = () => sshd.log.match(/Accepted publickey/g)?.length ?? 0;
const echo = async (text: string) => {
  const shell = await sharedShell(sshd.connection());
  return (await shell.run(`echo ${text}`, { deadlineSeconds: 20 })).stdout.toString().trim();
};

test("everyone in the process uses one connection", async () => {
  const before = logins();
  expect(await Promise.all(["a", "b", "c", "d"].map(echo))).toEqual(["a", "b", "c", "d"]);
  expect(await echo("e")).toBe("e");
  expect(logins() - before).toBe(1);
});

test("a connection that broke while idle is opened again", async () => {
  await echo("first");
  const before = logins();
  for (const pid of sshd.sessions()) signal(pid, "SIGKILL");
  expect(await echo("second")).toBe("second");
  expect(logins() - before).toBe(1);
});

test("a connection that breaks in a command is an error of that command, and the next one gets a new connection", async () => {
  const shell = await sharedShell(sshd.connection());
  const what = "rebuilding the initramfs";
  const runs = join(sshd.folder, "runs");
  const running = shell.run(`echo run >>${runs}; echo begun >&2; sleep 20`, {
    deadlineSeconds: 30,
    what,
    onStderrLine: () => sshd.sessions().forEach((pid) => signal(pid, "SIGKILL")),
  });
  const error = await running.then(() => undefined, (cause: unknown) => cause);
  expect(error).toBeInstanceOf(ConnectionLostError);
  expect((error as Error).message).toMatch(/^127\.0\.0\.1: connection lost while rebuilding the initramfs: /);
  expect(await echo("after")).toBe("after");
  // What may have begun is never begun again.
  expect(readFileSync(runs, "utf8")).toBe("run\n");
});

test("after close, the next command opens it again", async () => {
  const shell = await sharedShell(sshd.connection());
  await shell.close();
  const before = logins();
  expect((await shell.run("echo again", { deadlineSeconds: 20 })).stdout.toString()).toBe("again\n");
  expect(logins() - before).toBe(1);
});

test("the order of fields does not make two connections of one", async () => {
  const { host, ...rest } = sshd.connection();
  expect(await sharedShell({ ...rest, host })).toBe(await sharedShell({ host, ...rest }));
});
