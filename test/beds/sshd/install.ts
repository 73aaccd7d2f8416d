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
  const missing = Object.keys(packages).filter((program) => !existsSync(program));
  if (missing.length === 0) return;
  const wanted = missing.map((program) => packages[program] as string);
  const advice = `The sshd test bed needs ${missing.join(", ")}: apt-get install ${wanted.join(" ")}`;
  if (process.getuid?.() !== 0) throw new Error(advice);
  try {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const install = () => execFileSync("apt-get", ["install", "-y", "--no-install-recommends", ...wanted], { env, stdio: "pipe", timeout: 240_000 });
    try {
      install();
    } catch {
      execFileSync("apt-get", ["update"], { env, stdio: "pipe", timeout: 240_000 });
      install();
    }
  } catch (cause) {
    throw new Error(`${advice}\n${(cause as { stderr?: Buffer }).stderr?.toString() ?? cause}`);
  }
}
