import { readFileSync } from "node:fs";
import { mustRun, mustRunAsRoot, runProcess } from "./process";
import type { Progress } from "./cache";

const packages = [
  "e2fsprogs", "fdisk", "gcc", "libc6-dev", "mmdebstrap", "openssh-client",
  "qemu-system-x86", "qemu-utils", "seabios", "socat", "util-linux", "zstd",
];

/** Installs what the lab needs on this machine and is not there yet, and `more`; Debian and Ubuntu only. */
export async function ensureMachine(progress: Progress, more: string[] = []): Promise<void> {
  const missing: string[] = [];
  for (const name of [...packages, ...more]) {
    const status = await runProcess("dpkg-query", ["-W", "-f", "${db:Status-Status}", name]).catch(() => {
      throw new Error("The VM lab builds its hosts with Debian's own tools and needs a Debian or Ubuntu machine (no dpkg-query here).");
    });
    if (status.stdout !== "installed") missing.push(name);
  }
  if (missing.length === 0) return;
  progress(`installing ${missing.join(" ")} with apt-get`);
  const install = ["env", "DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends", ...missing];
  const first = await mustRunAsRoot(install[0]!, install.slice(1)).catch(() => undefined);
  if (first !== undefined) return;
  await mustRunAsRoot("apt-get", ["update", "-q"]);
  await mustRunAsRoot(install[0]!, install.slice(1));
}

/** The Debian release the guests run. */
export const suite = "bookworm";

/**
 * One-line apt sources for the guest: the Debian mirror that this machine itself uses, whichever form its sources have,
 * with the guest's release. GPUHOST_LAB_MIRROR and GPUHOST_LAB_SECURITY_MIRROR name them where the machine is no Debian.
 */
export async function guestSources(): Promise<string> {
  let own = await debianArchives();
  if (own.archive === undefined) {
    await mustRunAsRoot("apt-get", ["update", "-q"]);
    own = await debianArchives();
  }
  const archive = process.env["GPUHOST_LAB_MIRROR"] ?? own.archive;
  const security = process.env["GPUHOST_LAB_SECURITY_MIRROR"] ?? own.security;
  if (archive === undefined) {
    throw new Error("No Debian archive in this machine's apt sources: set GPUHOST_LAB_MIRROR (and GPUHOST_LAB_SECURITY_MIRROR) to one.");
  }
  const lines = [`deb ${archive} ${suite} main`, `deb ${archive} ${suite}-updates main`];
  if (security !== undefined) lines.push(`deb ${security} ${suite}-security main`);
  return `${lines.join("\n")}\n`;
}

async function debianArchives(): Promise<{ archive?: string; security?: string }> {
  const text = await mustRun("apt-get", [
    "indextargets", "--format", "$(REPO_URI) $(RELEASE) $(COMPONENT) $(ORIGIN)", "Created-By: Packages",
  ]);
  const found: { archive?: string; security?: string } = {};
  for (const line of text.split("\n")) {
    const [uri, release, component, origin] = line.split(" ");
    if (uri === undefined || origin !== "Debian" || component !== "main") continue;
    if (release?.endsWith("-security")) found.security ??= uri;
    else found.archive ??= uri;
  }
  return found;
}

/** This machine's own apt options for fetching (proxies, checks of dates), to be used for the guest as well. */
export async function acquireOptions(): Promise<string> {
  const dump = await mustRun("apt-config", ["dump"]);
  const wanted = dump.split("\n").filter((line) => /^Acquire::(http|https|Check-Valid-Until|Check-Date|Retries)\b.*"./i.test(line));
  return `${[...new Set(wanted)].join("\n")}\n`;
}

/** QEMU's version: a saved state can only be restored by the version that wrote it. */
export async function qemuVersion(): Promise<string> {
  return (await mustRun("qemu-system-x86_64", ["--version"])).split("\n")[0]!;
}

/** Whether a process still runs, judged by /proc as the lab is Linux only. */
export function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+Z/m.test(readFileSync(`/proc/${pid}/status`, "utf8"));
  } catch {
    return false;
  }
}
