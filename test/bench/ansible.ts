import { mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { timed } from "./command";
import type { Hosts } from "./hosts";
import { ansiblePython, versions } from "./peers";
import { inOneCommand } from "./reads";
import type { Lane, Setting } from "./rows";

const playbook = join(__dirname, "ansible", "reads.yml");

/**
 * Row d: Ansible as people tune it: pipelining, one connection a host that stays for all tasks (ControlPersist), as many forks as the other rows
 * have connections, the interpreter named so that it is not searched for. Each round connects anew, as each run of the others does.
 */
export async function ansibleLane(hosts: Hosts, { addresses, concurrency }: Setting): Promise<Lane> {
  const python = await ansiblePython();
  const folder = join(hosts.home, "ansible");
  mkdirSync(folder, { recursive: true });
  const { port, username, keyFile } = hosts.login;
  const all = { tree: hosts.tree, reads: inOneCommand(hosts.tree), ansible_port: port, ansible_user: username, ansible_ssh_private_key_file: keyFile, ansible_python_interpreter: "/usr/bin/python3" };
  const inventory = join(folder, "hosts.json");
  writeFileSync(inventory, JSON.stringify({ all: { hosts: Object.fromEntries(addresses.map((address) => [address, {}])), vars: all } }));
  const sockets = join(folder, "c");
  // Nobody's own settings: not those in ~/.ansible.cfg either.
  writeFileSync(join(folder, "ansible.cfg"), "");
  const env = {
    ...process.env, HOME: hosts.home, LC_ALL: "C.UTF-8", ANSIBLE_CONFIG: join(folder, "ansible.cfg"), ANSIBLE_HOME: join(folder, "home"), ANSIBLE_NOCOLOR: "1",
    ANSIBLE_PIPELINING: "1", ANSIBLE_FORKS: String(concurrency), ANSIBLE_STDOUT_CALLBACK: "default", ANSIBLE_DISPLAY_OK_HOSTS: "0",
    ANSIBLE_SSH_CONTROL_PATH_DIR: sockets, ANSIBLE_SSH_ARGS: `-F ${hosts.sshConfigFile} -C -o ControlMaster=auto -o ControlPersist=60s -o StrictHostKeyChecking=yes`,
  };
  const take = async (): Promise<number> => {
    const { seconds } = await timed(python, ["-m", "ansible", "playbook", "--check", "--inventory", inventory, playbook], { env, cwd: folder });
    await hangUp(sockets, hosts.sshConfigFile);
    return seconds;
  };
  return { row: "d", name: `ansible-core ${versions.ansible}, check mode`, take };
}

/** Ends the connections that stay. */
async function hangUp(sockets: string, config: string): Promise<void> {
  const names = readdirSync(sockets);
  while (names.length > 0) {
    await Promise.all(names.splice(0, 32).map((name) => timed("ssh", ["-F", config, "-S", join(sockets, name), "-O", "exit", "127.88.0.1"]).catch(() => undefined)));
  }
  rmSync(sockets, { recursive: true, force: true });
}
