import { afterAll, beforeAll, expect, test } from "vitest";
import { HostTimeoutError, OutputTooLargeError } from "../../../provider/errors";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import type { SshShell } from "../../../provider/host/ssh/openSshShell";
import { Sshd } from "../../beds/sshd/sshd";

let sshd: Sshd;
let shell: SshShell;

beforeAll(async () => {
  sshd = await Sshd.start();
  shell = await openSshShell(sshd.connection());
});

afterAll(async () => {
  await shell?.close();
  await sshd?.dispose();
});

test("a script's output, error output and exit status come back apart", async () => {
  const result = await shell.run("echo out; echo err >&2; exit 3", { deadlineSeconds: 20 });
  expect(result).toEqual({ exitCode: 3, signal: null, stdout: Buffer.from("out\n"), stderr: "err\n" });
});

test("the host key that was checked is named by its fingerprint", () => {
  expect(shell.hostKey).toEqual({ kind: "value", value: sshd.hostKeys.ed25519?.fingerprint });
});

test("environment values arrive as they are, whatever a shell would make of them", async () => {
  const odd = `a 'b' "c" $HOME \`id\` \\ \n!é`;
  const result = await shell.run('printf %s "$ODD"', { deadlineSeconds: 20 }, { ODD: odd });
  expect(result.stdout.toString()).toBe(odd);
});

test("the script knows the session it came by", async () => {
  const result = await shell.run('echo "$GPUHOST_SSH_CONNECTION"', { deadlineSeconds: 20 });
  expect(result.stdout.toString()).toMatch(new RegExp(`^127\\.0\\.0\\.1 \\d+ 127\\.0\\.0\\.1 ${sshd.port}\\n$`));
});

test("lines of error output come while the script runs", async () => {
  const lines: string[] = [];
  await shell.run("echo one >&2; printf two >&2; echo ... >&2; printf three >&2", { deadlineSeconds: 20, onStderrLine: (line) => lines.push(line) });
  expect(lines).toEqual(["one", "two...", "three"]);
});

test("an error of the caller's own listener ends the command, and the connection serves the next", async () => {
  const onStderrLine = () => {
    throw new Error("of the caller");
  };
  await expect(shell.run("echo line >&2; sleep 1", { deadlineSeconds: 20, onStderrLine })).rejects.toThrow("of the caller");
  expect((await shell.run("echo next", { deadlineSeconds: 20 })).stdout.toString()).toBe("next\n");
});

test("a command that outlives its deadline is given up, by name, with the last it said", async () => {
  const run = shell.run("echo almost there >&2; sleep 3", { deadlineSeconds: 1, what: "waiting for a device" });
  const error = await run.then(() => undefined, (cause: unknown) => cause);
  expect(error).toBeInstanceOf(HostTimeoutError);
  expect((error as HostTimeoutError).message).toBe(
    "127.0.0.1: waiting for a device took more than 1 s: it did not end in time and was given up; it may still be running there. It said: almost there",
  );
});

test("the connection serves the next command after one was given up", async () => {
  await expect(shell.run("sleep 3", { deadlineSeconds: 0.5 })).rejects.toBeInstanceOf(HostTimeoutError);
  expect((await shell.run("echo next", { deadlineSeconds: 20 })).stdout.toString()).toBe("next\n");
});

test("output without end is cut off", async () => {
  const run = shell.run("yes", { deadlineSeconds: 30, maximumBytes: 100_000 });
  await expect(run).rejects.toBeInstanceOf(OutputTooLargeError);
});

test("output as large as allowed arrives whole", async () => {
  const result = await shell.run("head -c 5000000 /dev/zero", { deadlineSeconds: 30, maximumBytes: 5_000_000 });
  expect(result.stdout.equals(Buffer.alloc(5_000_000))).toBe(true);
});

test("a script's death by signal is an exit status as shells give it, the session's own is told as such", async () => {
  expect(await shell.run("kill -KILL $$", { deadlineSeconds: 20 })).toMatchObject({ exitCode: 137, signal: null });
  expect(await shell.run("kill -KILL $PPID", { deadlineSeconds: 20 })).toMatchObject({ exitCode: null, signal: "SIGKILL" });
});

test("what a script leaves running cannot add to its output", async () => {
  const { stdout } = await shell.run("(sleep 1; echo late) & echo now", { deadlineSeconds: 20 });
  expect(stdout.toString()).toBe("now\n");
});

test("twenty commands at once share the connection", async () => {
  const runs = Array.from({ length: 20 }, (_, index) => shell.run(`sleep 0.1; echo ${index}`, { deadlineSeconds: 30 }));
  const printed = (await Promise.all(runs)).map(({ stdout }) => stdout.toString().trim());
  expect(printed).toEqual(Array.from({ length: 20 }, (_, index) => String(index)));
});

test("a server that allows one session at a time gets one at a time", async () => {
  const narrow = await Sshd.start({ hostKeys: ["ed25519"], config: ["MaxSessions 1"] });
  const through = await openSshShell(narrow.connection());
  try {
    const runs = [1, 2, 3, 4, 5].map((number) => through.run(`sleep 0.1; echo ${number}`, { deadlineSeconds: 30 }));
    expect((await Promise.all(runs)).map(({ stdout }) => stdout.toString())).toEqual(["1\n", "2\n", "3\n", "4\n", "5\n"]);
  } finally {
    await through.close();
    await narrow.dispose();
  }
});
