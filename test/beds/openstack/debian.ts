import { unpackDebianPackages } from "../vm/debianPackages";
import { cached, hashOf } from "../vm/cache";
import type { Progress } from "../vm/cache";
import { mustRun } from "../vm/process";

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
  return cached(`debian-${key}`, progress, (building) => {
    progress("fetching MariaDB and RabbitMQ with apt-get");
    return unpackDebianPackages(building, packages);
  }, root);
}
