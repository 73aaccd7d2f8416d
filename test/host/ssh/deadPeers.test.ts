import { afterEach, beforeEach, expect, test } from "vitest";
import { ConnectionLostError } from "../../../provider/errors";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { closeSharedShells, sharedShell } from "../../../provider/host/ssh/sharedShell";
import { signal } from "../../beds/sshd/processes";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;
let frozen: number[] = [];

beforeEach(async () => {
  sshd = await Sshd.start({ hostKeys: ["ed25519"] });
});

afterEach(async () => {
  frozen.forEach((pid) => signal(pid, "SIGKILL"));
  frozen = [];
  await closeSharedShells();
  await sshd.dispose();
});

/** The kernel goes on acknowledging packets, and nobody answers: what a hung host looks like from outside. */
function freezeSessions(): void {
  frozen = sshd.sessions();
  frozen.forEach((pid) => signal(pid, "SIGSTOP"));
}

test("a host that hangs in a command is noticed long before the command's deadline", async () => {
  const shell = await openSshShell(sshd.connection({ keepaliveSeconds: 0.3 }));
  const error = await shell.run("echo up >&2; sleep 50", { deadlineSeconds: 600, what: "rebuilding", onStderrLine: freezeSessions }).catch((cause: unknown) => cause);
  expect(error).toBeInstanceOf(ConnectionLostError);
  expect((error as Error).message).toMatch(/^127\.0\.0\.1: connection lost while rebuilding: it has not answered for [\d.]+ s/);
  expect(shell.lost).toBeDefined();
});

test("a long command that says nothing on a host that lives is let alone", async () => {
  const shell = await openSshShell(sshd.connection({ keepaliveSeconds: 0.1 }));
  expect(await shell.run("sleep 2; echo done", { deadlineSeconds: 30 })).toMatchObject({ exitCode: 0, stdout: Buffer.from("done\n") });
  await shell.close();
});

test("an idle connection on which nobody answers any more is replaced by the next command", async () => {
  const shell = await sharedShell(sshd.connection({ connectTimeoutSeconds: 2 }));
  await shell.run("true", { deadlineSeconds: 20 });
  freezeSessions();
  expect((await shell.run("echo again", { deadlineSeconds: 20 })).stdout.toString()).toBe("again\n");
});

/** What would keep a process alive that has nothing else to do. */
const keepingAlive = (kind: "TCPSocketWrap" | "Timeout"): number => process.getActiveResourcesInfo().filter((of) => of === kind).length;

test("an idle connection keeps no process alive, and neither does its keepalive", async () => {
  // Nothing of the bed's own start is left over.
  await expect.poll(() => keepingAlive("TCPSocketWrap")).toBe(0);
  const shell = await sharedShell(sshd.connection({ keepaliveSeconds: 0.2 }));
  expect(keepingAlive("TCPSocketWrap")).toBe(0);
  const timers = keepingAlive("Timeout");
  await shell.run("echo up >&2; sleep 0.5", { deadlineSeconds: 20, onStderrLine: () => expect(keepingAlive("TCPSocketWrap")).toBe(1) });
  expect(keepingAlive("TCPSocketWrap")).toBe(0);
  // A timer of the test runner's own may have ended meanwhile.
  expect(keepingAlive("Timeout")).toBeLessThanOrEqual(timers);
});

test("the same through a jump host", async () => {
  const jump = await Sshd.start({ hostKeys: ["ed25519"] });
  try {
    await expect.poll(() => keepingAlive("TCPSocketWrap")).toBe(0);
    const shell = await sharedShell(sshd.connection({ jumpHosts: [jump.connection()] }));
    await shell.run("true", { deadlineSeconds: 20 });
    expect(keepingAlive("TCPSocketWrap")).toBe(0);
  } finally {
    await jump.dispose();
  }
});
