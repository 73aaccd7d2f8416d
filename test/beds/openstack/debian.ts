import { mkdirSync, readdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { cached, hashOf } from "../vm/cache";
import type { Progress } from "../vm/cache";
import { mustRun, mustRunAsRoot } from "../vm/process";

/** MariaDB's server, and RabbitMQ with the parts of Erlang that it loads. */
const packages = [
  "mariadb-server-core", "rabbitmq-server", "erlang-base", "erlang-asn1", "erlang-crypto", "erlang-eldap", "erlang-inets",
  "erlang-mnesia", "erlang-os-mon", "erlang-parsetools", "erlang-public-key", "erlang-runtime-tools", "erlang-ssl",
  "erlang-syntax-tools", "erlang-tools", "erlang-xmerl",
];

/**
 * Debian's MariaDB and RabbitMQ, unpacked into a folder. Nothing is installed: no service of this machine is started,
 * enabled or touched, and nobody has to be root.
 */
export async function ensureDebianPrograms(root: string, progress: Progress): Promise<string> {
  const release = await mustRun("sh", ["-c", ". /etc/os-release; echo $ID $VERSION_ID; dpkg --print-architecture"]).catch(() => {
    throw new Error("The OpenStack bed takes MariaDB and RabbitMQ from Debian packages and needs a Debian or Ubuntu machine (no dpkg here).");
  });
  const key = hashOf(release, ...packages);
  return cached(`debian-${key}`, progress, (building) => unpack(building, progress), root);
}

async function unpack(folder: string, progress: Progress): Promise<void> {
  const debs = join(folder, "debs");
  mkdirSync(debs);
  progress("fetching MariaDB and RabbitMQ with apt-get");
  const fetch = async (): Promise<void> => {
    const names = [...new Set([...packages, ...(await missingLibraries())])];
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

/** What apt would install beside our packages; one that is here already, in whichever version, is used as it is. */
async function missingLibraries(): Promise<string[]> {
  const said = await mustRun("apt-get", ["-s", "-q", "install", "--no-install-recommends", ...packages]);
  return [...said.matchAll(/^Inst (\S+) \(/gm)].map(([, name]) => name as string).filter((name) => name.startsWith("lib"));
}
