import { randomBytes } from "node:crypto";
import { chmodSync, chownSync, cpSync, mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Processes } from "../openstack/processes";
import { until } from "../openstack/waiting";
import { answers, freePort } from "../sshd/ports";
import { toStderr } from "../vm/cache";
import { mustRun } from "../vm/process";
import { installPostgres, programs } from "./install";

/** `nobody`: postgres refuses to run as root, and a test may be run by root. */
const nobody = 65_534;

/** A PostgreSQL of its own on loopback, whose files are thrown away. Only who knows the password gets in. */
export class Postgres {
  private constructor(private readonly processes: Processes, readonly port: number, private readonly password: string) {}

  static async start(): Promise<Postgres> {
    const unpacked = await installPostgres(toStderr);
    const folder = mkdtempSync(join(tmpdir(), "gpuhost-postgres-"));
    const asRoot = process.getuid?.() === 0;
    // Somebody else has to be able to go there, and may not be able to go to the cache of root.
    chmodSync(folder, 0o711);
    const from = asRoot ? join(folder, "package") : unpacked;
    if (asRoot) cpSync(unpacked, from, { recursive: true, verbatimSymlinks: true });
    const home = join(folder, "postgres");
    mkdirSync(home, { mode: 0o700 });
    const password = randomBytes(18).toString("hex");
    const passwordFile = join(home, "password");
    writeFileSync(passwordFile, password, { mode: 0o600 });
    if (asRoot) for (const path of [home, passwordFile]) chownSync(path, nobody, nobody);
    const as = asRoot ? ["setpriv", `--reuid=${nobody}`, `--regid=${nobody}`, "--clear-groups", "--"] : [];
    const triplet = process.arch === "arm64" ? "aarch64-linux-gnu" : "x86_64-linux-gnu";
    const env = { PATH: process.env["PATH"] ?? "", HOME: home, LC_ALL: "C", LD_LIBRARY_PATH: join(from, "usr", "lib", triplet) };
    const data = join(home, "data");
    const [program, ...args] = [
      ...as, join(programs(from), "initdb"), "--pgdata", data, "--username=pulumi", `--pwfile=${passwordFile}`, "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C", "--no-sync",
    ];
    await mustRun(program as string, args, { env });

    const processes = Processes.keep(folder);
    const port = await freePort();
    const settings = { listen_addresses: "127.0.0.1", port, unix_socket_directories: "", fsync: "off", shared_buffers: "16MB", max_connections: 100 };
    processes.start("postgres", [...as, join(programs(from), "postgres"), "-D", data, ...Object.entries(settings).flatMap(([name, value]) => ["-c", `${name}=${value}`])], env);
    const server = new Postgres(processes, port, password);
    try {
      await until("PostgreSQL", 60, () => answers(port), () => processes.log("postgres").slice(-2000));
    } catch (error) {
      await server.stop();
      throw error;
    }
    return server;
  }

  /** What an engine needs to keep its state there. The password is in the environment alone: a process list shows addresses. */
  get environment(): Readonly<Record<string, string>> {
    return { PULUMI_BACKEND_URL: `postgres://pulumi@127.0.0.1:${this.port}/postgres?sslmode=disable`, PGPASSWORD: this.password };
  }

  /** True where the password can be read in `text`. */
  isToldBy(text: string): boolean {
    return text.includes(this.password);
  }

  stop(): Promise<void> {
    return this.processes.close();
  }
}
