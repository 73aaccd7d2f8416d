import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { cached, hashOf } from "../vm/cache";
import type { Progress } from "../vm/cache";
import { cloudPassword } from "../vm/compute/cloudPassword";
import { mustRun } from "../vm/process";
import { fillKeystone, publicUrl } from "./bootstrap";
import { region } from "./configuration";
import type { Place } from "./configuration";
import { createDatabases } from "./database";
import { openstackCache, pythonFiles } from "./install";
import type { Installation } from "./install";
import { freePorts } from "./ports";
import { Processes } from "./processes";
import { manage, service, writeConfiguration, writeKeystoneKeys } from "./services";
import { listens, until } from "./waiting";

/** An empty cloud as it is after its bootstrap: MariaDB's files, Keystone's keys, and the password in all of it. */
export interface Snapshot {
  readonly data: string;
  readonly keys: string;
  readonly password: string;
}

/** The empty cloud, bootstrapped now if it is not in the cache (one to two minutes). */
export async function ensureSnapshot(installation: Installation, progress: Progress): Promise<Snapshot> {
  const sources = ["snapshot.ts", "bootstrap.ts", "configuration.ts", "database.ts", "python/neutron_tables.py"].map((name) => readFileSync(join(__dirname, name), "utf8"));
  const key = hashOf(installation.id, installation.debian, cloudPassword(), ...sources);
  const folder = await cached(`snapshot-${key}`, progress, (building) => bootstrap(installation, building, progress), openstackCache());
  return { data: join(folder, "data"), keys: join(folder, "keystone"), password: readFileSync(join(folder, "password"), "utf8") };
}

async function bootstrap(installation: Installation, building: string, progress: Progress): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), "gpuhost-openstack-"));
  const place: Place = { folder, ports: await freePorts(), password: cloudPassword() };
  const processes = Processes.keep(folder);
  try {
    writeConfiguration(installation, place, true);
    writeKeystoneKeys(folder);
    await createDatabases(installation, join(folder, "data"), place.password);
    await startAndWait("mariadb", place.ports.mariadb, installation, place, processes);
    progress("creating the tables of Keystone, Placement, Nova and Neutron");
    await createTables(installation, place);
    progress("filling Keystone");
    await startAndWait("keystone", place.ports.keystone, installation, place, processes);
    await fillKeystone(place.ports, place.password);
    // A clean end, so that the files need no recovery.
    await processes.end("mariadb", 60);
    await copy(join(folder, "data"), join(building, "data"));
    mkdirSync(join(building, "keystone"));
    for (const name of ["fernet", "credential"]) await copy(join(folder, "keystone", name), join(building, "keystone", name));
    writeFileSync(join(building, "password"), place.password, { mode: 0o600 });
  } finally {
    await processes.close();
  }
}

async function startAndWait(
  name: "mariadb" | "keystone", port: number, installation: Installation, place: Place, processes: Processes,
): Promise<void> {
  const { command, env } = service(name, installation, place);
  processes.start(name, command, env);
  await until(`${name} answers`, 120, () => listens(port), () => processes.log(name).slice(-2000));
}

/** Keystone, Nova with Placement, and Neutron have databases of their own and get their tables side by side. */
async function createTables(installation: Installation, place: Place): Promise<void> {
  const by = async (program: "nova" | "keystone" | "placement", args: readonly string[], more: NodeJS.ProcessEnv = {}): Promise<void> => {
    const [python, ...rest] = manage(program, installation, place, args) as [string, ...string[]];
    await mustRun(python, rest, { env: { ...process.env, ...more } });
  };
  const keystone = async (): Promise<void> => {
    await by("keystone", ["db_sync"]);
    const url = publicUrl("identity", place.ports);
    const env = { OS_BOOTSTRAP_PASSWORD: place.password, OS_BOOTSTRAP_PUBLIC_URL: url, OS_BOOTSTRAP_INTERNAL_URL: url, OS_BOOTSTRAP_ADMIN_URL: url };
    await by("keystone", ["bootstrap", "--bootstrap-region-id", region], env);
  };
  const nova = async (): Promise<void> => {
    await by("placement", ["db", "sync"]);
    await by("nova", ["api_db", "sync"]);
    await by("nova", ["cell_v2", "map_cell0"]);
    await by("nova", ["db", "sync"]);
    await by("nova", ["cell_v2", "create_cell", "--name", "cell1"]);
  };
  const neutron = [join(pythonFiles, "neutron_tables.py"), join(place.folder, "neutron", "neutron.conf")];
  await Promise.all([keystone(), nova(), mustRun(join(installation.venv, "bin", "python"), neutron)]);
}

/** A folder with its modes and the holes in its files; where the file system can, without copying a byte. */
export async function copy(from: string, to: string): Promise<void> {
  await mustRun("cp", ["-a", "--reflink=auto", from, to]);
}
