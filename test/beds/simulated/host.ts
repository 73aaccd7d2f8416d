import { cpSync, mkdirSync, rmSync } from "node:fs";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { promisify } from "node:util";
import { execFile } from "node:child_process";
import { writeAnswers } from "./answers";
import { boot } from "./boot";
import { Drivers } from "./drivers";
import type { Faults } from "./faults";
import { Files } from "./files";
import { KernelFile } from "./kernelFile";
import { keyPair } from "./keyPair";
import type { Machine, PciFunction } from "./machine";
import { MediatedDevices } from "./mediated";
import { killAll, showProcesses } from "./processes";
import { SshServer } from "./sshServer";
import { writeDevices } from "./sysfs";
import { writeSystem } from "./system";
import { VirtualFunctions } from "./virtual";

/** Where the commands and the Debian files of this bed lie. */
const bed = __dirname;
const power = "/.simulated/power";

export interface SimulatedHostOptions {
  /** Empty or absent folder for its file tree. */
  readonly folder: string;
  /** Loopback address it listens on: any of 127.0.0.0/8. Default 127.0.0.1. */
  readonly address?: string;
  /** Default 0: one that is free. */
  readonly port?: number;
  readonly authorizedKeys: readonly string[];
  readonly faults?: Faults;
  /** How long a reboot keeps it away. Default 1. */
  readonly bootSeconds?: number;
}

/** A host that is a tree of files, a model of the kernel and GRUB that acts on it, and a real SSH server in front. */
export class SimulatedHost {
  readonly address: string;
  readonly faults: Faults;
  readonly files: Files;
  readonly ssh: SshServer;
  /** Reboots so far. */
  boots = 0;
  /** Times that something on it asked for one, or for its end. */
  rebootsAsked = 0;
  private readonly keys = [keyPair(), keyPair()] as const;
  /** The machine with the virtual functions that are on. */
  private readonly live: Machine & { readonly functions: PciFunction[] };
  private drivers: Drivers | undefined;
  private virtual: VirtualFunctions | undefined;
  private mediated: MediatedDevices | undefined;
  private power: KernelFile | undefined;
  private goingDown: Promise<void> | undefined;

  constructor(readonly machine: Machine, private readonly options: SimulatedHostOptions) {
    this.address = options.address ?? "127.0.0.1";
    this.faults = options.faults ?? {};
    this.files = new Files(options.folder);
    this.live = { ...machine, functions: [...machine.functions] };
    this.ssh = new SshServer({
      address: this.address, port: options.port ?? 0, hostKey: this.keys[0].private, authorizedKeys: options.authorizedKeys, faults: this.faults,
      environment: (user) => (showProcesses(this.files.root), this.environment(user)),
    });
  }

  get port(): number {
    return this.ssh.port;
  }

  /** Line for a known_hosts file. */
  get knownHost(): string {
    return `[${this.address}]:${this.port} ${this.keys[0].public.split(" ").slice(0, 2).join(" ")}`;
  }

  /** Installs the machine's disk and switches it on. */
  async start(): Promise<this> {
    mkdirSync(this.options.folder, { recursive: true });
    cpSync(join(bed, "debian"), this.options.folder, { recursive: true });
    writeSystem(this.files, this.machine, this.address);
    writeDevices(this.files, this.machine);
    writeAnswers(this.files, this.machine);
    this.files.pipes([power]);
    this.power = new KernelFile(this.files.at(power), (word) => void this.restart(word));
    const run = promisify(execFile);
    await run("grub-editenv", [this.files.at("/boot/grub/grubenv"), "create"], { env: this.environment("root") });
    await run("update-initramfs", ["-c", "-k", "all"], { env: this.environment("root") });
    await run("update-grub", [], { env: this.environment("root") });
    await this.powerOn();
    return this;
  }

  /** Ends everything on it, takes it off the network and removes its files. */
  async stop(): Promise<void> {
    this.power?.close();
    await this.goingDown;
    await this.powerOff();
    rmSync(this.options.folder, { recursive: true, force: true });
  }

  /** Power off and on again, whatever it was doing. */
  async powerCycle(): Promise<void> {
    await this.goingDown;
    await this.powerOff();
    await this.powerOn();
  }

  /** Its SSH server ends and starts again, with the key that `faults` ask for now. */
  async restartSsh(): Promise<void> {
    await this.ssh.stop();
    await this.ssh.start(this.keys[this.faults.changedHostKey ? 1 : 0].private);
  }

  /** Resolves when no reboot is under way. */
  async settled(): Promise<void> {
    while (this.goingDown) await this.goingDown;
  }

  /** Runs a command of the machine on it, as somebody at its console. */
  async console(command: string, ...words: readonly string[]): Promise<void> {
    await promisify(execFile)(command, words, { env: this.environment("root") });
  }

  private restart(word: string): void {
    this.rebootsAsked += 1;
    if (this.faults.reboot === "neverDown" || this.goingDown) return;
    this.goingDown = this.goDown(word === "reboot" && this.faults.reboot !== "neverUp").finally(() => (this.goingDown = undefined));
  }

  private async goDown(comesBack: boolean): Promise<void> {
    // An init system stops services first; whoever asked gets to say so and leave.
    await sleep(300);
    await this.powerOff();
    await sleep((this.options.bootSeconds ?? 1) * 1000);
    if (comesBack) await this.powerOn();
  }

  private async powerOff(): Promise<void> {
    killAll(this.files.root);
    await this.ssh.stop();
    this.virtual?.stop();
    this.mediated?.stop();
    this.drivers?.stop();
    killAll(this.files.root);
  }

  private async powerOn(): Promise<void> {
    this.boots += 1;
    this.drivers = new Drivers(this.files, this.live, this.faults);
    this.virtual = new VirtualFunctions(this.files, this.live, this.drivers);
    this.mediated = new MediatedDevices(this.files, this.live);
    this.mediated.start();
    await boot(this.files, this.live, this.drivers, this.virtual, this.environment("root"));
    await this.ssh.start(this.keys[this.faults.changedHostKey ? 1 : 0].private);
    // Closed again, so that the port is one that was free and now refuses.
    if (this.faults.unreachable === "closed") await this.ssh.stop();
  }

  /** The commands of this bed stand in for the ones that would reach this machine instead of the simulated one. */
  private environment(user: string): NodeJS.ProcessEnv {
    const root = user === "root";
    return {
      PATH: `${join(bed, "commands")}:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin`,
      HOME: this.files.at("/root"), USER: user, LOGNAME: user, LANG: "C.UTF-8", SHELL: "/bin/sh",
      GPUHOST_ROOT: this.files.root, SIMULATED_USER_ID: root ? "0" : "1000",
    };
  }
}
