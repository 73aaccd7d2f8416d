import { mkdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { mustRun } from "../vm/process";
import type { Installation } from "./install";

export const databases = ["keystone", "placement", "nova_api", "nova", "nova_cell0", "neutron"] as const;

export type DatabaseName = (typeof databases)[number];

const user = "openstack";

/** As the services' configuration files name a database. */
export function databaseUrl(name: DatabaseName, port: number, password: string): string {
  return `mysql+pymysql://${user}:${password}@127.0.0.1:${port}/${name}?charset=utf8mb4`;
}

/** One mariadbd of our own, whose files are thrown away: nothing is flushed and no configuration of the machine is read. */
function program({ debian }: Installation, data: string): string[] {
  return [
    join(debian, "usr/sbin/mariadbd"), "--no-defaults", `--datadir=${data}`, `--lc-messages-dir=${debian}/usr/share/mysql`,
    `--character-sets-dir=${debian}/usr/share/mysql/charsets`, `--plugin-dir=${debian}/usr/lib/mysql/plugin`,
    "--innodb-buffer-pool-size=64M", "--innodb-log-file-size=16M", "--innodb-flush-log-at-trx-commit=0",
    "--innodb-doublewrite=0", "--innodb-use-native-aio=0", "--skip-log-bin", "--performance-schema=0", "--character-set-server=utf8mb4",
    // mariadbd refuses to run as root unless it is told to.
    ...(process.getuid?.() === 0 ? ["--user=root"] : []),
  ];
}

/** Arguments of a server that executes the statements of `initFile`, one a line, before it listens. */
export function mariadb(installation: Installation, data: string, port: number, initFile: string): string[] {
  const at = ["--bind-address=127.0.0.1", `--port=${port}`, `--socket=${data}/socket`, `--pid-file=${data}/pid`];
  return [...program(installation, data), ...at, "--max-connections=300", "--skip-name-resolve", `--init-file=${initFile}`];
}

/** Makes a data folder with empty databases and one user for all of them. */
export async function createDatabases(installation: Installation, data: string, password: string): Promise<void> {
  mkdirSync(data);
  const system = ["mysql_system_tables.sql", "mysql_system_tables_data.sql"];
  const statements = [
    "create database mysql;", "use mysql;", "set @auth_root_socket=null;", "set @skip_auth_anonymous=1;",
    ...system.map((name) => readFileSync(join(installation.debian, "usr/share/mysql", name), "utf8")),
    ...databases.map((name) => `create database ${name} character set utf8mb4;`),
    "flush privileges;",
    `create user ${user}@'127.0.0.1' identified by '${password}';`,
    ...databases.map((name) => `grant all on ${name}.* to ${user}@'127.0.0.1';`),
    "",
  ];
  const [mariadbd, ...args] = program(installation, data) as [string, ...string[]];
  await mustRun(mariadbd, [...args, "--bootstrap"], { input: statements.join("\n"), env: libraries(installation) });
}

/** The environment in which the unpacked programs find the libraries that were unpacked with them. */
export function libraries({ debian }: Installation): NodeJS.ProcessEnv {
  const triplet = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
  return { ...process.env, LD_LIBRARY_PATH: ["usr/lib", "lib"].map((folder) => join(debian, folder, triplet)).join(":") };
}
