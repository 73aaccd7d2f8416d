import { copyFileSync, readFileSync, readdirSync } from "node:fs";
import { dirname, join } from "node:path";
import { cacheRoot, cached, hashOf } from "../vm/cache";
import type { Progress } from "../vm/cache";
import { mustRun, mustRunAsRoot, runProcess } from "../vm/process";
import { ensureDebianPrograms } from "./debian";

/** What the control plane's services run from. Nothing in it is ever written again. */
export interface Installation {
  /** Changes with every version in it. */
  readonly id: string;
  /** Folder of the virtual environment. */
  readonly venv: string;
  /** Folder of the unpacked Debian packages: usr/sbin/mariadbd, usr/lib/rabbitmq, usr/lib/erlang. */
  readonly debian: string;
}

const constraints = join(__dirname, "constraints.txt");
export const pythonFiles = join(__dirname, "python");
/** Versions are in constraints.txt. */
const wanted = ["nova", "keystone", "openstack-placement", "neutron", "waitress", "pymysql"];
const driver = "gpuhost_fake.py";

/** `pulumi-gpuhost/openstack` in the user's cache folder. */
export function openstackCache(): string {
  return join(dirname(cacheRoot()), "openstack");
}

/** Keystone, Placement, Nova and Neutron by pip, MariaDB and RabbitMQ by apt: found in the cache, or put there (minutes). */
export async function installOpenStack(progress: Progress): Promise<Installation> {
  const root = openstackCache();
  const debian = await ensureDebianPrograms(root, progress);
  const python = await mustRun("python3", ["-c", "import sys; assert sys.version_info >= (3, 11); print('Python', sys.version)"]).catch(() => {
    throw new Error("The OpenStack bed needs Python 3.11 or newer as python3: Nova 34 runs on nothing older.");
  });
  const id = hashOf(readFileSync(join(pythonFiles, driver), "utf8"), readFileSync(constraints, "utf8"), python, ...wanted);
  const venv = await cached(`venv-${id}`, progress, (building) => makeVenv(building, progress), root);
  return { id, venv, debian };
}

async function makeVenv(folder: string, progress: Progress): Promise<void> {
  await ensurePythonVenv(progress);
  await mustRun("python3", ["-m", "venv", folder]);
  progress("installing Keystone, Placement, Nova and Neutron with pip");
  const pip = ["-m", "pip", "install", "-q", "--disable-pip-version-check", "-c", constraints, ...wanted];
  await mustRun(join(folder, "bin", "python"), pip);
  copyFileSync(join(pythonFiles, driver), join(sitePackages(folder), "nova", "virt", driver));
}

function sitePackages(venv: string): string {
  const version = readdirSync(join(venv, "lib")).find((name) => name.startsWith("python"));
  return join(venv, "lib", version ?? "python3", "site-packages");
}

/** Debian's Python comes without what makes a virtual environment. */
async function ensurePythonVenv(progress: Progress): Promise<void> {
  if ((await runProcess("python3", ["-c", "import ensurepip"])).code === 0) return;
  progress("installing python3-venv with apt-get");
  await mustRunAsRoot("env", ["DEBIAN_FRONTEND=noninteractive", "apt-get", "install", "-y", "-q", "--no-install-recommends", "python3-venv"]);
}

/**
 * Command line of a program of the virtual environment. Its own first line names the folder that it was installed into
 * before the cache gave that its name.
 */
export function pythonProgram(installation: Installation, name: string): string[] {
  const bin = join(installation.venv, "bin");
  return [join(bin, "python"), join(bin, name)];
}
