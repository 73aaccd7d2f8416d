import { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { SudoError } from "../../../provider/errors";
import type { Connection } from "../../../provider/host/connection";
import type { SshShell } from "../../../provider/host/ssh/openSshShell";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { Sshd } from "../../beds/sshd/sshd";
import { User, mayMakeUsers } from "../../beds/sshd/users";

const password = "it's a \"p$ssword\" `x` \\ !";
const quick = { deadlineSeconds: 30 };

describe.runIf(mayMakeUsers)("sudo", () => {
  let sshd: Sshd;
  let free: User;
  let asked: User;
  let refused: User;
  const users: User[] = [];

  beforeAll(async () => {
    sshd = await Sshd.start({ hostKeys: ["ed25519"] });
    free = User.create({ sudo: "without-password" });
    asked = User.create({ sudo: "with-password", password });
    refused = User.create({ password });
    writeFileSync(join(sshd.folder, "password"), `${password}\n`);
  });

  afterAll(async () => {
    await sshd?.dispose();
    for (const user of [free, asked, refused, ...users]) user?.remove();
  });

  async function using<T>(changes: Partial<Connection>, work: (shell: SshShell) => Promise<T>): Promise<T> {
    const shell = await openSshShell(sshd.connection(changes), { resolveSecret: (name) => (name === "hostPassword" ? password : undefined) });
    try {
      return await work(shell);
    } finally {
      await shell.close();
    }
  }

  const whoami = (changes: Partial<Connection>) => using(changes, async (shell) => (await shell.run("id -un", quick)).stdout.toString().trim());

  const refusal = async (changes: Partial<Connection>): Promise<SudoError> => {
    const error = await whoami(changes).then(() => undefined, (cause: unknown) => cause);
    expect(error).toBeInstanceOf(SudoError);
    expect((error as Error).message).not.toContain(password);
    return error as SudoError;
  };

  test("a user other than root goes through sudo, unless told not to", async () => {
    expect(await whoami({ user: free.name })).toBe("root");
    expect(await whoami({ user: free.name, sudo: { mode: "never" } })).toBe(free.name);
  });

  test("root can be told to go through sudo, too", async () => {
    expect(await whoami({ sudo: { mode: "always" } })).toBe("root");
  });

  test("a password is taken from a file, the stack's configuration or the environment", async () => {
    process.env["GPUHOST_TEST_PASSWORD"] = password;
    const sources = [{ file: join(sshd.folder, "password") }, { config: "hostPassword" }, { environment: "GPUHOST_TEST_PASSWORD" }];
    for (const source of sources) expect(await whoami({ user: asked.name, sudo: { password: source } })).toBe("root");
  });

  test("error output holds nothing of the prompt, and the session is still known behind sudo", async () => {
    await using({ user: asked.name, sudo: { password: { config: "hostPassword" } } }, async (shell) => {
      const result = await shell.run('echo "$GPUHOST_SSH_CONNECTION"; echo "from the script" >&2', quick);
      expect(result.stderr).toBe("from the script\n");
      expect(result.stdout.toString()).toMatch(/^127\.0\.0\.1 \d+ 127\.0\.0\.1 \d+\n$/);
    });
  });

  test("a wrong password is an error after one try, not a wait for three", async () => {
    writeFileSync(join(sshd.folder, "wrong"), "not it\n");
    const error = await refusal({ user: asked.name, sudo: { password: { file: join(sshd.folder, "wrong") } } });
    expect(error.code).toBe("sudo-password-wrong");
    expect(error.message).not.toContain("not it");
  });

  test("a password that sudo does not ask for is not sent: the script's input never sees it", async () => {
    await using({ user: free.name, sudo: { password: { config: "hostPassword" } } }, async (shell) => {
      expect(await shell.run("id -un", quick)).toEqual({ exitCode: 0, signal: null, stdout: Buffer.from("root\n"), stderr: "" });
    });
  });

  test("neither password nor script shows in a process list or an environment", async () => {
    await using({ user: asked.name, sudo: { password: { config: "hostPassword" } } }, async (shell) => {
      const running = shell.run("echo up >&2; SECRET_IN_SCRIPT=1; sleep 1", { ...quick, onStderrLine: () => seen.push(...processes()) });
      const seen: string[] = [];
      await running;
      expect(seen.some((line) => line.includes("sudo\0-S"))).toBe(true);
      expect(seen.filter((line) => line.includes(password) || line.includes("SECRET_IN_SCRIPT"))).toEqual([]);
    });
  });

  test("sudo that wants a password nobody configured says which setting is missing", async () => {
    const error = await refusal({ user: asked.name });
    expect(error.code).toBe("sudo-password-needed");
    expect(error.message).toContain("sudo.password");
  });

  test("sudo that lectures and gives commands a terminal of their own changes nothing of what comes back", async () => {
    const user = User.create({ sudo: "with-password", sudoDefaults: "use_pty, lecture=always", password });
    users.push(user);
    await using({ user: user.name, sudo: { password: { config: "hostPassword" } } }, async (shell) => {
      const result = await shell.run("head -c 300000 /dev/zero; echo err >&2; exit 4", quick);
      expect({ ...result, stdout: result.stdout.length }).toEqual({ exitCode: 4, signal: null, stdout: 300_000, stderr: "err\n" });
    });
  });

  test("sudo that logs output and loses some of it never makes half an answer look whole", async () => {
    const logs = join(sshd.folder, "sudo-io");
    const user = User.create({ sudo: "without-password", sudoDefaults: `use_pty, log_output, iolog_dir=${logs}` });
    users.push(user);
    await using({ user: user.name }, async (shell) => {
      for (let turn = 0; turn < 8; turn++) {
        const answer = await shell.run("head -c 300000 /dev/zero", quick).then(({ stdout }) => stdout.length, (cause: { code?: string }) => cause.code);
        expect([300_000, "output-incomplete"]).toContain(answer);
      }
    });
    expect(existsSync(logs)).toBe(true);
  });

  test("sudo that insists on a terminal is told in its own words", async () => {
    const user = User.create({ sudo: "without-password", sudoDefaults: "requiretty" });
    users.push(user);
    const error = await refusal({ user: user.name });
    expect(error.message).toMatch(/must have a tty/);
  });

  test("a user who may not use sudo is told so", async () => {
    expect((await refusal({ user: refused.name, sudo: { password: { config: "hostPassword" } } })).code).toBe("sudo-not-allowed");
  });

  test("a password that cannot be found is an error before anything is run", async () => {
    const missing = whoami({ user: asked.name, sudo: { password: { config: "other" } } });
    await expect(missing).rejects.toThrow('the stack configuration has no secret "other"');
    await expect(whoami({ user: asked.name, sudo: { password: { environment: "GPUHOST_NOT_SET" } } })).rejects.toThrow("GPUHOST_NOT_SET is not set");
  });
});

function processes(): string[] {
  const pids = readdirSync("/proc").filter((name) => /^\d+$/.test(name));
  const read = (path: string): string => {
    try {
      return readFileSync(path, "utf8");
    } catch {
      return "";
    }
  };
  return pids.filter((pid) => Number(pid) !== process.pid).flatMap((pid) => {
    // This test's own process and its relatives were started with the environment under test.
    const environment = pid === String(process.ppid) ? "" : read(`/proc/${pid}/environ`);
    return [read(`/proc/${pid}/cmdline`), environment];
  });
}
