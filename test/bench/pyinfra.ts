import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timed } from "./command";
import type { Hosts } from "./hosts";
import { pyinfraPython, versions } from "./peers";
import { reads } from "./reads";
import type { Lane, Setting } from "./rows";

const deploy = join(__dirname, "pyinfra", "reads.py");

/** Row e: pyinfra's facts: one command each over one connection a host. */
export async function pyinfraLane(hosts: Hosts, { addresses, concurrency }: Setting): Promise<Lane> {
  const python = await pyinfraPython();
  const folder = join(hosts.home, "pyinfra");
  mkdirSync(folder, { recursive: true });
  const { port, username, keyFile } = hosts.login;
  const data = { ssh_port: port, ssh_user: username, ssh_key: keyFile, ssh_config_file: hosts.sshConfigFile, ssh_known_hosts_file: hosts.knownHostsFile, ssh_strict_host_key_checking: "yes", ssh_allow_agent: false, ssh_look_for_keys: false };
  writeFileSync(join(folder, "inventory.py"), `import json\nhosts = [(name, {}) for name in json.loads(${JSON.stringify(JSON.stringify(addresses))})]\n`);
  writeFileSync(join(folder, "reads.json"), JSON.stringify({ tree: hosts.tree, commands: reads }));
  mkdirSync(join(folder, "group_data"), { recursive: true });
  writeFileSync(join(folder, "group_data", "all.py"), Object.entries(data).map(([name, value]) => `${name} = ${value === false ? "False" : JSON.stringify(value)}\n`).join(""));
  const env = { ...process.env, HOME: hosts.home, LC_ALL: "C.UTF-8", BENCH_READS: join(folder, "reads.json") };
  const take = async (): Promise<number> =>
    (await timed(python, ["-m", "pyinfra", "--yes", "--dry", "--parallel", String(concurrency), "inventory.py", deploy], { env, cwd: folder })).seconds;
  return { row: "e", name: `pyinfra ${versions.pyinfra} facts`, take };
}
