import { chmodSync, mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir, userInfo } from "node:os";
import { join } from "node:path";
import { Sshd } from "../beds/sshd/sshd";
import { User, mayMakeUsers } from "../beds/sshd/users";
import { writeTrees } from "./machine";

/** How all rows reach all hosts. */
export interface Login {
  readonly port: number;
  readonly username: string;
  readonly keyFile: string;
  /** "ssh-ed25519 AAAA..." */
  readonly hostKey: string;
}

/** 127.88.0.1, 127.88.0.2 and so on. */
export const addresses = (count: number): string[] =>
  Array.from({ length: count }, (_, index) => `127.88.${Math.floor(index / 250)}.${(index % 250) + 1}`);

/**
 * One real sshd, behind which every address of 127.0.0.0/8 is a host. The server points our reading script at a tree (SetEnv); the other rows
 * name the same tree in their paths, so that all of them read the same files. `home` has ~/.ssh/config and known_hosts, one line a host.
 */
export class Hosts {
  private constructor(
    readonly home: string,
    readonly login: Login,
    /** PCI functions that each host has. */
    readonly functions: number,
    private readonly sshd: Sshd,
    private readonly user: User | undefined,
  ) {}

  static async start(most: number): Promise<Hosts> {
    const home = realpathSync(mkdtempSync(join(tmpdir(), "gpuhost-bench-")));
    // The hosts' user reads the trees in it.
    chmodSync(home, 0o711);
    const user = mayMakeUsers ? User.create() : undefined;
    const config = [
      "MaxStartups 1000:30:2000", "MaxSessions 100", "LogLevel ERROR", "UseDNS no", `SetEnv GPUHOST_ROOT=${home}/tree`,
    ];
    try {
      const functions = await writeTrees(join(home, "fresh"), join(home, "converged"));
      const sshd = await Sshd.start({ hostKeys: ["ed25519"], config, address: "0.0.0.0" });
      const login = { port: sshd.port, username: user?.name ?? userInfo().username, keyFile: sshd.client.path, hostKey: sshd.hostKeys.ed25519?.publicLine ?? "" };
      const hosts = new Hosts(home, login, functions, sshd, user);
      hosts.writeSshFolder(most);
      hosts.show("converged");
      return hosts;
    } catch (error) {
      user?.remove();
      rmSync(home, { recursive: true, force: true });
      throw error;
    }
  }

  /** The tree that all hosts show from now on, always at this one path. */
  show(tree: "fresh" | "converged"): void {
    rmSync(join(this.home, "next"), { force: true });
    symlinkSync(tree, join(this.home, "next"));
    renameSync(join(this.home, "next"), this.tree);
  }

  get tree(): string {
    return join(this.home, "tree");
  }

  get sshConfigFile(): string {
    return join(this.home, ".ssh", "config");
  }

  get knownHostsFile(): string {
    return join(this.home, ".ssh", "known_hosts");
  }

  private writeSshFolder(most: number): void {
    const { port, username, keyFile, hostKey } = this.login;
    mkdirSync(join(this.home, ".ssh"), { mode: 0o700 });
    writeFileSync(this.knownHostsFile, addresses(most).map((address) => `[${address}]:${port} ${hostKey}\n`).join(""));
    const settings = [`Port ${port}`, `User ${username}`, `IdentityFile ${keyFile}`, "IdentitiesOnly yes", `UserKnownHostsFile ${this.knownHostsFile}`, "IdentityAgent none"];
    writeFileSync(this.sshConfigFile, ["Host 127.88.*", ...settings.map((one) => `  ${one}`), ""].join("\n"));
  }

  async stop(): Promise<void> {
    await this.sshd.dispose();
    this.user?.remove();
    rmSync(this.home, { recursive: true, force: true });
  }
}
