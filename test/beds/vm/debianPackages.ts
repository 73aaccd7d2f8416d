import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { mustRun, mustRunAsRoot } from "./process";

/** Unpacks Debian packages, and the libraries they need that are not on this machine, into a folder. Nothing is installed, and nobody has to be root. */
export async function unpackDebianPackages(folder: string, packages: readonly string[]): Promise<void> {
  const debs = join(folder, "debs");
  mkdirSync(debs);
  const fetch = async (): Promise<void> => {
    const names = [...new Set([...packages, ...(await missingLibraries(packages))])];
    // apt-get download writes into the folder it runs in.
    await mustRun("sh", ["-c", 'cd "$0" && exec apt-get -q download "$@"', debs, ...names]);
  };
  await fetch().catch(async () => {
    await mustRunAsRoot("apt-get", ["update", "-q"]);
    await fetch();
  });
  for (const name of readdirSync(debs)) await mustRun("dpkg-deb", ["-x", join(debs, name), folder]);
  rmSync(debs, { recursive: true });
}

/** What apt would install beside them; one that is here already, in whichever version, is used as it is. */
async function missingLibraries(packages: readonly string[]): Promise<string[]> {
  const said = await mustRun("apt-get", ["-s", "-q", "install", "--no-install-recommends", ...packages]);
  return [...said.matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name as string).filter((name) => name.startsWith("lib"));
}
