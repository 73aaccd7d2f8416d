import { existsSync, readdirSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { unpackDebianPackages } from "../vm/debianPackages";
import { cached, hashOf, type Progress } from "../vm/cache";
import { mustRun, mustRunAsRoot } from "../vm/process";

/** The server's package of this release of Debian or Ubuntu: "postgresql-15". */
async function serverPackage(): Promise<string> {
  const ask = async (): Promise<string> => {
    const name = /Depends: (postgresql-\d+)$/m.exec(await mustRun("apt-cache", ["depends", "postgresql"]))?.[1];
    if (name === undefined) throw new Error("apt knows no package postgresql.");
    return name;
  };
  return ask().catch(async () => {
    await mustRunAsRoot("apt-get", ["update", "-q"]);
    return ask();
  });
}

/**
 * Debian's PostgreSQL server, unpacked into the user's cache (20 MB fetched the first time). Nothing is installed: no service of this machine is started,
 * enabled or touched. Resolves to the folder; its usr/lib/postgresql/N/bin has the programs.
 */
export async function installPostgres(progress: Progress): Promise<string> {
  const release = await mustRun("sh", ["-c", ". /etc/os-release; echo $ID $VERSION_ID; dpkg --print-architecture"]).catch(() => {
    throw new Error("The PostgreSQL bed takes the server from a Debian package and needs a Debian or Ubuntu machine (no dpkg here).");
  });
  const root = join(process.env["XDG_CACHE_HOME"] || join(homedir(), ".cache"), "pulumi-gpuhost", "postgres");
  return cached(`debian-${hashOf(release, "postgresql")}`, progress, async (building) => {
    progress("fetching PostgreSQL with apt-get");
    await unpackDebianPackages(building, [await serverPackage()]);
    if (!existsSync(programs(building))) throw new Error("The package brought no postgres.");
  }, root);
}

/** Folder of postgres and initdb, below where the package was unpacked. */
export function programs(unpacked: string): string {
  const versions = join(unpacked, "usr", "lib", "postgresql");
  return join(versions, readdirSync(versions)[0] ?? "", "bin");
}
