import { mkdirSync, mkdtempSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { SimulatedHost, type SimulatedHostOptions } from "./host";
import { keyPair } from "./keyPair";
import type { Machine } from "./machine";

/**
 * Simulated hosts that one key opens, in a temporary folder that can serve as somebody's HOME: its .ssh holds the key, the
 * known hosts, and a configuration that knows each host by its machine's name.
 */
export class Fleet {
  readonly folder = realpathSync(mkdtempSync(join(tmpdir(), "gpuhost-simulated-")));
  readonly hosts: SimulatedHost[] = [];
  /** Private key that logs in everywhere, mode 0600. */
  readonly keyFile = join(this.folder, ".ssh", "id_ed25519");
  readonly knownHostsFile = join(this.folder, ".ssh", "known_hosts");
  readonly sshConfigFile = join(this.folder, ".ssh", "config");
  private readonly key = keyPair();

  constructor() {
    mkdirSync(join(this.folder, ".ssh"), { mode: 0o700 });
    writeFileSync(this.keyFile, this.key.private, { mode: 0o600 });
    writeFileSync(this.knownHostsFile, "");
    writeFileSync(this.sshConfigFile, "");
  }

  /** Brings a host up on a loopback address of its own: 127.77.0.1, 127.77.0.2 and so on. */
  async add(machine: Machine, options: Omit<Partial<SimulatedHostOptions>, "folder" | "authorizedKeys"> = {}): Promise<SimulatedHost> {
    const address = `127.77.${Math.floor(this.hosts.length / 254)}.${(this.hosts.length % 254) + 1}`;
    const host = new SimulatedHost(machine, { address, ...options, folder: join(this.folder, "hosts", machine.name), authorizedKeys: [this.key.public] });
    this.hosts.push(host);
    await host.start();
    writeFileSync(this.knownHostsFile, `${host.knownHost}\n`, { flag: "a" });
    writeFileSync(this.sshConfigFile, this.configuration(host), { flag: "a" });
    return host;
  }

  async stop(): Promise<void> {
    await Promise.all(this.hosts.map((host) => host.stop()));
    rmSync(this.folder, { recursive: true, force: true });
  }

  private configuration(host: SimulatedHost): string {
    const settings = [`HostName ${host.address}`, `Port ${host.port}`, "User root", `IdentityFile ${this.keyFile}`, `UserKnownHostsFile ${this.knownHostsFile}`];
    return [`Host ${host.machine.name}`, ...settings.map((line) => `  ${line}`), "", ""].join("\n");
  }
}
