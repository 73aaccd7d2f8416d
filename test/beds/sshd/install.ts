import { execFileSync } from "node:child_process";
import { existsSync } from "node:fs";

/** Programs of the bed, by the Debian package that has them. */
const packages: Readonly<Record<string, string>> = {
  "/usr/sbin/sshd": "openssh-server",
  "/usr/bin/ssh-keygen": "openssh-client",
  "/usr/bin/sudo": "sudo",
};

/** Makes sure that a real OpenSSH server is here, by apt where this user may; throws, saying what to install, where not. */
export function installOpenSsh(): void {
  install(packages);
}

/** Makes sure that a login shell is here, in the same way. */
export function installShell(path: string, debianPackage: string): void {
  install({ [path]: debianPackage });
}

function install(programs: Readonly<Record<string, string>>): void {
  const missing = Object.keys(programs).filter((program) => !existsSync(program));
  if (missing.length === 0) return;
  const wanted = missing.map((program) => programs[program] as string);
  const advice = `The sshd test bed needs ${missing.join(", ")}: apt-get install ${wanted.join(" ")}`;
  if (process.getuid?.() !== 0) throw new Error(advice);
  const apt = (...words: string[]): void => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    // Test files run side by side; the lock belongs to whoever comes first.
    execFileSync("apt-get", ["-o", "DPkg::Lock::Timeout=120", ...words], { env, stdio: "pipe", timeout: 240_000 });
  };
  try {
    try {
      apt("install", "-y", "--no-install-recommends", ...wanted);
    } catch {
      apt("update");
      apt("install", "-y", "--no-install-recommends", ...wanted);
    }
  } catch (cause) {
    throw new Error(`${advice}\n${(cause as { stderr?: Buffer }).stderr?.toString() ?? String(cause)}`);
  }
}
