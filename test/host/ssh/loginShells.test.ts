import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { HostTimeoutError, HostUnreachableError } from "../../../provider/errors";
import { openSshShell } from "../../../provider/host/ssh/openSshShell";
import { installShell } from "../../beds/sshd/install";
import { Sshd } from "../../beds/sshd/sshd";
import type { UserOptions } from "../../beds/sshd/users";
import { User, mayMakeUsers } from "../../beds/sshd/users";

const loud = "echo a banner on standard output\necho a warning on standard error >&2\nprintf 'no line break'\n";
const eatsInput = "read -t 1 line\n";

const packages: Readonly<Record<string, string>> = { "/bin/tcsh": "tcsh", "/usr/bin/fish": "fish" };
const mayInstallSeconds = 300;

function install(shell: string): void {
  const name = packages[shell];
  if (name !== undefined) installShell(shell, name);
}

/** Login shells and start-up files that stand between sshd and our script. */
const cases: Readonly<Record<string, UserOptions>> = {
  "dash": { shell: "/bin/sh" },
  "bash with a loud start-up file": { shell: "/bin/bash", files: { ".bashrc": loud } },
  "bash that traces every command, ours too": { shell: "/bin/bash", files: { ".bashrc": "set -x\n" } },
  "bash whose start-up file reads standard input": { shell: "/bin/bash", files: { ".bashrc": eatsInput } },
  "bash whose start-up file prints 3 MB": { shell: "/bin/bash", files: { ".bashrc": "yes noise | head -c 3000000\n" } },
  "bash whose start-up file takes two seconds": { shell: "/bin/bash", files: { ".bashrc": "sleep 2\n" } },
  "tcsh with a loud start-up file": { shell: "/bin/tcsh", files: { ".tcshrc": "echo a banner\nset echo\n" } },
  "fish with a loud start-up file": { shell: "/usr/bin/fish", files: { ".config/fish/config.fish": "echo a banner\necho a warning >&2\n" } },
};

const script = `printf 'out\\n'; printf 'err\\n' >&2; printf '%s\\n' "$ODD"; cat; exit 7`;
const odd = `it's "odd" $HOME \\ !x`;
const expected = { exitCode: 7, signal: null, stdout: Buffer.from(`out\n${odd}\n`), stderr: "err\n" };

describe.runIf(mayMakeUsers)("login shells", () => {
  let sshd: Sshd;
  const users: User[] = [];

  beforeAll(async () => {
    sshd = await Sshd.start({ hostKeys: ["ed25519"] });
  });

  afterAll(async () => {
    await sshd?.dispose();
    for (const user of users) user.remove();
  });

  const make = (options: UserOptions): User => {
    const user = User.create(options);
    users.push(user);
    return user;
  };

  test.each(Object.entries(cases))("%s: the script runs, and its output is all there is", async (_name, options) => {
    install(options.shell as string);
    const user = make({ ...options, sudo: "without-password" });
    for (const mode of ["never", "always"] as const) {
      const shell = await openSshShell(sshd.connection({ user: user.name, sudo: { mode } }));
      expect(await shell.run(script, { deadlineSeconds: 30 }, { ODD: odd })).toEqual(expected);
      await shell.close();
    }
  }, mayInstallSeconds * 1000);

  test.each(["/bin/bash", "/bin/tcsh", "/usr/bin/fish"])("%s: a sudo password is asked for and given", async (loginShell) => {
    install(loginShell);
    process.env["GPUHOST_TEST_PASSWORD"] = "quiet please";
    const files = { ".bashrc": `${loud}set -x\n${eatsInput}` };
    const user = make({ shell: loginShell, sudo: "with-password", password: "quiet please", files });
    const shell = await openSshShell(sshd.connection({ user: user.name, sudo: { password: { environment: "GPUHOST_TEST_PASSWORD" } } }));
    expect(await shell.run(script, { deadlineSeconds: 30 }, { ODD: odd })).toEqual(expected);
    await shell.close();
  }, mayInstallSeconds * 1000);

  test("an account without a shell is said to have none, with its own words", async () => {
    const user = make({ shell: "/usr/sbin/nologin" });
    const shell = await openSshShell(sshd.connection({ user: user.name, sudo: { mode: "never" } }));
    const error = await shell.run("true", { deadlineSeconds: 30 }).catch((cause: unknown) => cause);
    await shell.close();
    expect(error).toBeInstanceOf(HostUnreachableError);
    expect(error).toMatchObject({ code: "shell-not-started", message: expect.stringContaining("This account is currently not available") as string });
  });

  test("a start-up file that never ends is named as the place to look", async () => {
    const user = make({ shell: "/bin/bash", files: { ".bashrc": "sleep 5\n" } });
    const shell = await openSshShell(sshd.connection({ user: user.name, sudo: { mode: "never" } }));
    const error = await shell.run("true", { deadlineSeconds: 1 }).catch((cause: unknown) => cause);
    await shell.close();
    expect(error).toBeInstanceOf(HostTimeoutError);
    expect(error).toMatchObject({ code: "shell-start-timeout", message: expect.stringContaining(`start-up files of ${user.name}`) as string });
  });
});
