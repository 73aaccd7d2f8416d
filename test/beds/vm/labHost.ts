import { readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { rootUuid } from "./image";
import type { Image } from "./image";
import { Qemu } from "./qemu";
import type { QemuOptions } from "./qemu";
import { greets } from "./greeting";
import { runProcess, sleep } from "./process";
import type { Finished } from "./process";

/** Accounts of every host, all with the same key: `ops` has sudo without password, `opspw` with the password `sudoPassword`. */
export type User = "root" | "ops" | "opspw";
export const sudoPassword = "lab-sudo";

/** One virtual machine of the lab, from the outside: SSH for looking, QEMU's monitor for doing harm. */
export class LabHost {
  readonly address = "127.0.0.1";
  readonly identityFile: string;
  /** Lines for a known_hosts file, one per key of the host. */
  readonly hostKeyLines: string[];
  readonly knownHostsFile: string;
  readonly diskPath: string;
  private readonly control: string;

  private constructor(
    readonly name: string,
    readonly image: Image,
    private readonly options: QemuOptions,
    private qemu: Qemu,
  ) {
    this.identityFile = image.identityFile;
    this.hostKeyLines = image.hostKeys.map((key) => `[127.0.0.1]:${options.port} ${key}`);
    this.knownHostsFile = join(options.folder, "known_hosts");
    this.diskPath = options.disk;
    this.control = join(options.folder, "ssh");
    writeFileSync(this.knownHostsFile, `${this.hostKeyLines.join("\n")}\n`);
  }

  /** Starts QEMU with these options; the folder in them belongs to the host from now on. */
  static async start(name: string, image: Image, options: QemuOptions): Promise<LabHost> {
    return new LabHost(name, image, options, await Qemu.start(options));
  }

  get port(): number {
    return this.options.port;
  }

  /** Arguments for `ssh` that reach this host as `user`, the host's key checked. */
  sshArguments(user: User = "root"): string[] {
    const settings = [
      "BatchMode=yes", "StrictHostKeyChecking=yes", `UserKnownHostsFile=${this.knownHostsFile}`, "GlobalKnownHostsFile=/dev/null",
      "IdentitiesOnly=yes", "ConnectTimeout=10", "ServerAliveInterval=5", "ServerAliveCountMax=6", "LogLevel=ERROR",
    ];
    return ["-F", "none", "-i", this.identityFile, "-p", String(this.port), ...settings.flatMap((one) => ["-o", one]), `${user}@${this.address}`];
  }

  /**
   * Runs a shell command on the host with the ordinary ssh program. Meant for what tests look at: it shares one connection
   * per user, and where that was lost (exit 255) it asks once more over a fresh one.
   */
  async ssh(command: string, options: { user?: User; input?: string; timeoutSeconds?: number } = {}): Promise<Finished> {
    const user = options.user ?? "root";
    const shared = ["-o", "ControlMaster=auto", "-o", `ControlPath=${this.control}-${user}`, "-o", "ControlPersist=60"];
    const settings = { timeoutSeconds: 600, ...options };
    const done = await runProcess("ssh", [...shared, ...this.sshArguments(user), command], settings);
    if (done.code !== 255) return done;
    await this.forgetConnections();
    return runProcess("ssh", [...this.sshArguments(user), command], settings);
  }

  /** The same for a command that has to succeed; returns what it printed, trimmed. */
  async read(command: string, options: { user?: User; input?: string; timeoutSeconds?: number } = {}): Promise<string> {
    const done = await this.ssh(command, options);
    if (done.code === 0) return done.stdout.trim();
    throw new Error(`${this.name}: exit ${done.code} from: ${command}\n${done.stderr.trim()}`);
  }

  /** Members of every IOMMU group by group name; empty where the kernel has none. */
  async groups(): Promise<Map<string, string[]>> {
    const text = await this.read("cd /sys/kernel/iommu_groups && for d in */devices/*; do [ -e \"$d\" ] && echo \"$d\"; done; true");
    const groups = new Map<string, string[]>();
    for (const line of text.split("\n").filter(Boolean)) {
      const [group, , address] = line.split("/") as [string, string, string];
      groups.set(group, [...(groups.get(group) ?? []), address].sort());
    }
    return groups;
  }

  bootId(): Promise<string> {
    return this.read("cat /proc/sys/kernel/random/boot_id");
  }

  /** Waits until SSH answers, and with `notBootId` until it answers from another boot than that one. Returns the boot id. */
  async waitForSsh(deadlineSeconds: number, notBootId?: string): Promise<string> {
    const until = Date.now() + deadlineSeconds * 1000;
    for (;;) {
      if (!this.qemu.running) throw new Error(`${this.name}: QEMU ended while SSH was waited for.\n${this.serialLog().slice(-1500)}`);
      if (await greets(this.port)) {
        const done = await runProcess("ssh", [...this.sshArguments(), "cat /proc/sys/kernel/random/boot_id"], { timeoutSeconds: 30 });
        const bootId = done.stdout.trim();
        if (done.code === 0 && bootId !== notBootId) return bootId;
      }
      if (Date.now() > until) throw new Error(`${this.name}: no SSH within ${deadlineSeconds} s.\n${this.serialLog().slice(-1500)}`);
      await sleep(0.25);
    }
  }

  /** Everything the guest wrote to its serial console, all boots of this process together. */
  serialLog(): string {
    try {
      return readFileSync(join(this.options.folder, "serial.log"), "latin1");
    } catch {
      return "";
    }
  }

  qmp(command: string, args: Record<string, unknown> = {}): Promise<unknown> {
    return this.qemu.qmp.execute(command, args);
  }

  hmp(line: string): Promise<string> {
    return this.qemu.qmp.hmp(line);
  }

  /** Pulls or plugs the cable of the network card that SSH comes through. */
  async setLink(state: "up" | "down"): Promise<void> {
    await this.qmp("set_link", { name: "nic0", up: state === "up" });
  }

  /** Closes the port: new connections are refused at once, those that stand go on. */
  async hostfwdRemove(): Promise<void> {
    await this.hmp(`hostfwd_remove ssh tcp:127.0.0.1:${this.port}`);
  }

  async hostfwdAdd(): Promise<void> {
    const said = await this.hmp(`hostfwd_add ssh tcp:127.0.0.1:${this.port}-:22`);
    if (said.trim() !== "") throw new Error(`${this.name}: ${said.trim()}`);
  }

  /** Ends the machine as a power cut does. Start the host with `cache: "writeback"`, or its disk may not survive. */
  async powerCut(): Promise<void> {
    await this.forgetConnections();
    await this.qemu.kill();
  }

  /** Presses the reset button. */
  async systemReset(): Promise<void> {
    await this.qmp("system_reset");
    await this.forgetConnections();
  }

  /** Boots the same disk again through its own GRUB; does not wait for SSH. */
  async startAgain(): Promise<void> {
    await this.restart({});
  }

  /**
   * Boots the same disk past GRUB into nothing but these shell commands, run as root on the writable disk, and powers off.
   * Returns the console's text; commands that fail are an error.
   */
  async rescueBoot(commands: string): Promise<string> {
    const file = join(this.options.folder, "rescue.sh");
    writeFileSync(file, rescueScript(commands));
    const from = this.serialLog().length;
    await this.restart({ rescue: { vmlinuz: this.image.vmlinuz, initrd: this.image.initrd, rootUuid, script: file } });
    for (let left = 1200; this.qemu.running && left > 0; left--) await sleep(0.1);
    await this.qemu.kill();
    const said = this.serialLog().slice(from);
    if (!/^rescue=0\r?$/m.test(said)) throw new Error(`${this.name}: the rescue commands failed.\n${said.slice(-2000)}`);
    return said;
  }

  /** Ends the machine and removes everything it wrote. */
  async stop(): Promise<void> {
    await this.powerCut();
    rmSync(this.options.folder, { recursive: true, force: true });
  }

  private async restart(change: Pick<QemuOptions, "rescue">): Promise<void> {
    await this.powerCut();
    rmSync(join(this.options.folder, "qmp.sock"), { force: true });
    const { state: _state, ...options } = this.options;
    this.qemu = await Qemu.start({ ...options, ...change });
  }

  private async forgetConnections(): Promise<void> {
    for (const user of ["root", "ops", "opspw"]) {
      await runProcess("ssh", ["-O", "exit", "-o", `ControlPath=${this.control}-${user}`, "none"]);
    }
  }
}

/** Padded to whole blocks, since the guest reads it from a disk. */
function rescueScript(commands: string): Buffer {
  const script = Buffer.from([
    "mount -o remount,rw /", `( ${commands}\n)`, "echo rescue=$?", "sync",
    "echo u >/proc/sysrq-trigger", "echo o >/proc/sysrq-trigger", "while :; do :; done", "",
  ].join("\n"));
  return Buffer.concat([script, Buffer.alloc(512 - (script.length % 512), "\n")]);
}
