import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export interface UserOptions {
  /** Login shell. Default /bin/sh. */
  readonly shell?: string;
  /** What sudo asks of the user. Default "refused". */
  readonly sudo?: "without-password" | "with-password" | "refused";
  /** sudoers Defaults for the user: "use_pty", "requiretty", ... */
  readonly sudoDefaults?: string;
  readonly password?: string;
  /** Files of the home directory, such as start-up files of the shell. */
  readonly files?: Readonly<Record<string, string>>;
}

/** Whether this process may make users; tests that need them say so and are skipped where not. */
export const mayMakeUsers = process.getuid?.() === 0;

let count = 0;
const prefix = "gpuhost-t";

/** A throw-away user of this machine with a home directory and, perhaps, a sudo rule. */
export class User {
  private constructor(
    readonly name: string,
    readonly home: string,
  ) {}

  static create({ shell = "/bin/sh", sudo = "refused", sudoDefaults, password, files = {} }: UserOptions = {}): User {
    removeLeftOver();
    const name = `${prefix}${process.pid}-${++count}`;
    const home = `/home/${name}`;
    // No password, but not locked either: sshd refuses a locked account whatever the key.
    execFileSync("useradd", ["--create-home", "--home-dir", home, "--shell", shell, "--password", "*", name], { stdio: "pipe" });
    const user = new User(name, home);
    if (password !== undefined) execFileSync("chpasswd", { input: `${name}:${password}\n`, stdio: ["pipe", "pipe", "pipe"] });
    if (sudo !== "refused") {
      const rule = `${name} ALL=(ALL) ${sudo === "without-password" ? "NOPASSWD: " : ""}ALL\n`;
      const defaults = sudoDefaults === undefined ? "" : `Defaults:${name} ${sudoDefaults}\n`;
      writeFileSync(sudoRule(name), defaults + rule, { mode: 0o440 });
    }
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(join(home, path, ".."), { recursive: true });
      writeFileSync(join(home, path), text);
    }
    execFileSync("chown", ["-R", `${name}:`, home], { stdio: "pipe" });
    return user;
  }

  remove(): void {
    remove(this.name);
  }
}

function sudoRule(name: string): string {
  return `/etc/sudoers.d/${name}`;
}

function remove(name: string): void {
  rmSync(sudoRule(name), { force: true });
  // userdel warns of a missing mail spool on stderr; only its exit status counts.
  execFileSync("userdel", ["--force", "--remove", name], { stdio: "pipe" });
}

/** Users of test runs that were killed: their name holds the process that made them. */
function removeLeftOver(): void {
  for (const line of readFileSync("/etc/passwd", "utf8").split("\n")) {
    const found = new RegExp(`^(${prefix}(\\d+)-\\d+):`).exec(line);
    if (found?.[1] !== undefined && !existsSync(`/proc/${found[2]}`)) remove(found[1]);
  }
}
