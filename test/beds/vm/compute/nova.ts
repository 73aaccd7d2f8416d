import { readFileSync, rmSync, truncateSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, contentOf, hashOf } from "../cache";
import type { Progress } from "../cache";
import { ensureMachine } from "../machine";
import { mustRun, mustRunAsRoot, runProcess } from "../process";

/** The newest release, as on the control plane: Nova refuses a compute that is too old for the rest of the deployment. */
const release = "nova==34.0.0";
const scripts = ["install.sh", "guest.S"].map((name) => join(__dirname, name));
const files = join(__dirname, "files");

/**
 * The versions of the control plane. Only wheels can be installed for another Python than this machine's: the newest ovs
 * is none, and setuptools comes with a virtual environment.
 */
function constraints(): string {
  const all = readFileSync(join(__dirname, "..", "..", "openstack", "constraints.txt"), "utf8").split("\n");
  return [...all.filter((line) => !/^(ovs|setuptools)==/.test(line)), "ovs==2.17.1.post1", "setuptools==84.2.1", ""].join("\n");
}

/** Everything an image of a compute host is made of, as one string to hash. */
export function computeContent(): string {
  return [release, constraints(), contentOf(files), ...scripts.map((file) => readFileSync(file, "utf8"))].join("\n");
}

/** Nova and what it needs, in one folder for Python 3.11 on amd64 (Debian 12), whatever Python this machine has. */
function ensureNova(progress: Progress): Promise<string> {
  const versions = constraints();
  return cached(`nova-${hashOf(release, versions)}`, progress, async (building) => {
    const file = join(building, "constraints.txt");
    writeFileSync(file, versions);
    const pip = await runProcess("python3", ["-m", "pip", "--version"]).catch(() => undefined);
    if (pip?.code !== 0) await ensureMachine(progress, ["python3-pip"]);
    progress(`fetching ${release} with pip`);
    const platforms = ["manylinux2014_x86_64", "manylinux_2_28_x86_64", "manylinux_2_34_x86_64"].flatMap((name) => ["--platform", name]);
    await mustRun("python3", [
      "-m", "pip", "install", "--quiet", "--disable-pip-version-check", "--no-compile", "--target", building,
      "--python-version", "3.11", "--implementation", "cp", ...platforms, "--only-binary=:all:", "--constraint", file, release,
    ]);
    // 74 MB that only a console proxy would use, and tests.
    for (const name of ["numpy", "numpy.libs"]) rmSync(join(building, name), { recursive: true, force: true });
    await mustRun("find", [building, "-type", "d", "-name", "tests", "-prune", "-exec", "rm", "-rf", "{}", "+"]);
  });
}

/** The disk of every server: guest.S in the first sector of a mebibyte. */
async function assembleGuest(building: string): Promise<string> {
  const [object, disk] = [join(building, "guest.o"), join(building, "guest.img")];
  await mustRun("as", ["--32", "-o", object, join(__dirname, "guest.S")]);
  await mustRun("ld", ["-m", "elf_i386", "-Ttext", "0x7c00", "--oformat", "binary", "-o", disk, object]);
  rmSync(object);
  truncateSync(disk, 2 ** 20);
  return disk;
}

/** Makes a configured tree a compute host. `apt`: files of sources and of apt options for the tree. */
export async function installCompute(tree: string, apt: string[], building: string, progress: Progress): Promise<void> {
  const nova = await ensureNova(progress);
  const guest = await assembleGuest(building);
  progress("installing libvirt, QEMU and Nova");
  await mustRunAsRoot("sh", [join(__dirname, "install.sh"), tree, ...apt, files, nova, guest]);
  rmSync(guest);
}
