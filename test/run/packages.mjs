// Debian packages that the test beds need. What is missing is installed where this user may; where not, the bed that
// misses it says so in the summary.
import { existsSync } from "node:fs";
import { ask, onPath, run, say } from "./common.mjs";

/** Command or file that shows a package is there, and the package. */
const needed = [
  ["shellcheck", "shellcheck"],
  ["sshd", "openssh-server"],
  ["ssh-agent", "openssh-client"],
  ["busybox", "busybox"],
  ["dash", "dash"],
  ["python3", "python3-venv"],
  ["apparmor_parser", "apparmor"],
];

const systemFolders = ["/usr/sbin", "/usr/bin", "/sbin", "/bin"];
const has = (command) => onPath(command) !== undefined || systemFolders.some((folder) => existsSync(`${folder}/${command}`));

/** Installs `names`; resolves to undefined, or to the reason why it could not. */
export async function install(names) {
  if (!onPath("apt-get")) return "this is no Debian or Ubuntu";
  const root = process.getuid?.() === 0;
  if (!root && ask("sudo", ["-n", "true"]) === undefined) return "not root, and sudo asks for a password";
  const apt = async (...args) => {
    const env = { ...process.env, DEBIAN_FRONTEND: "noninteractive" };
    const command = root ? ["apt-get"] : ["sudo", "-n", "--preserve-env=DEBIAN_FRONTEND", "apt-get"];
    return run(command[0], [...command.slice(1), "-q", "-y", ...args], { env, what: `packages: apt-get ${args[0]}` });
  };
  say(`packages: installing ${names.join(" ")}`);
  const args = ["install", "--no-install-recommends", ...names];
  if ((await apt(...args)).status === 0) return undefined;
  await apt("update");
  const { status, output } = await apt(...args);
  return status === 0 ? undefined : output.trim().split("\n").pop();
}

/** What the beds of this machine itself need (the VM lab and the control plane bring their own lists). Resolves to what stays missing. */
export async function packages() {
  const missing = needed.filter(([command]) => !has(command)).map(([, name]) => name);
  if (missing.length === 0) {
    say("packages: shellcheck, OpenSSH, busybox, dash, apparmor and Python are here");
    return [];
  }
  const reason = await install(missing);
  if (reason === undefined) return [];
  say(`packages: ${missing.join(" ")} could not be installed: ${reason}`);
  return missing;
}
