import { appendFileSync, existsSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { dirname, join } from "node:path";
import type { Connection } from "../../provider/host/connection";
import { readSnapshot } from "../../provider/host/observe";
import { openSshShell } from "../../provider/host/ssh/openSshShell";
import { demoHosts } from "../beds/simulated/demoHosts";
import type { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { until } from "../beds/engine/running";
import { Client, type Patience } from "./client";
import { Operator } from "./operator";
import { Room } from "./room";
import type { Mishap, PersonsFile } from "./story";
import { Wire, type Trigger } from "./wire";

/** An operator who has to bear what goes wrong gives up soon; one after whom all has to be well waits as long as a person would. */
const hurried: Patience = { connectSeconds: 8, keepaliveSeconds: 2, reconnectSeconds: 3, bootSeconds: 8 };
const patient: Patience = { connectSeconds: 120, keepaliveSeconds: 40, reconnectSeconds: 120, bootSeconds: 300 };

export interface Edit {
  readonly file: PersonsFile;
  /** The whole file as the person left it. */
  readonly text: string;
}

let places = 0;

/** One fresh host, the operator whose it is, another one who comes at the wrong time, and what can go wrong between them. */
export class Scene {
  readonly edits: Edit[] = [];
  /** Of the mishaps that were laid out last: those that came about. A run may end before their byte. */
  readonly cameAbout = new Set<Mishap>();
  readonly room = new Room();
  private work: Promise<unknown>[] = [];
  private atEnd: (() => void)[] = [];
  private held = false;

  private constructor(readonly host: SimulatedHost, readonly wire: Wire, readonly otherWire: Wire, readonly alice: Operator, readonly bob: Operator, private client: Client) {}

  /** `room`: parts of its disk can be made full. `which` of the demo's hosts. */
  static async make(fleet: Fleet, name: string, room: boolean, which: 0 | 1 = 0): Promise<Scene> {
    const example = demoHosts[which];
    if (example === undefined) throw new Error("the bed has no such host");
    const rooms = new Room();
    if (room) rooms.take(join(fleet.folder, "hosts", name));
    const host = await fleet.add({ ...example.machine, name }, { bootSeconds: 0, faults: {} });
    const place = `${Math.floor(places / 250)}.${(places++ % 250) + 1}`;
    const wire = await new Wire(`127.79.${place}`, host).open();
    const other = await new Wire(`127.80.${place}`, host).open();
    const connection = ({ address, port }: Wire): Connection => ({
      host: address, port, user: "root", identityFiles: [fleet.keyFile], hostKey: host.knownHost.split(" ").slice(1).join(" "), knownHostsFiles: [],
      agent: false, sshConfigFile: false, jumpHosts: [],
    });
    const scene = new Scene(host, wire, other, new Operator(connection(wire)), new Operator(connection(other)), new Client("alice@desk", wire, hurried));
    Object.assign(scene, { room: rooms });
    return scene;
  }

  /** A new process of the operator; the one before was killed or is done. */
  private process(patience: Patience): void {
    this.client = new Client("alice@desk", this.wire, patience);
  }

  /** Lays the mishaps of one run out. `bytes`: what passes in an undisturbed one. */
  async lay(mishaps: readonly Mishap[], bytes: Wire["passed"]): Promise<void> {
    this.process(hurried);
    this.cameAbout.clear();
    await this.wire.open();
    const triggers = mishaps.flatMap((each) => this.prepare(each, bytes));
    this.wire.expect(triggers);
  }

  private prepare(of: Mishap, bytes: Wire["passed"]): Trigger[] {
    const { faults } = this.host;
    switch (of.what) {
      case "slow": this.wire.delay = of.milliseconds; this.cameAbout.add(of); return [];
      case "no reboot": faults.reboot = "neverDown"; this.noteReboot(of); return [];
      case "no return": faults.reboot = "neverUp"; this.noteReboot(of); return [];
      case "two operators": this.hold(of); return [];
      default: {
        const at = { direction: of.when.direction, bytes: Math.floor(of.when.far * bytes[of.when.direction]) + 1 };
        const met = (): void => void this.cameAbout.add(of);
        if (of.what === "cut" || of.what === "stall") return [{ ...at, does: of.what, met }];
        return [{ ...at, does: () => this.later(async () => (await this.happens(of)) !== false && met()) }];
      }
    }
  }

  private noteReboot(of: Mishap): void {
    const before = this.host.rebootsAsked;
    this.atEnd.push(() => void (this.host.rebootsAsked > before && this.cameAbout.add(of)));
  }

  private later(does: () => Promise<unknown> | unknown): void {
    this.work.push(Promise.resolve().then(does));
  }

  /** False where it could not be. */
  private async happens(of: Mishap): Promise<unknown> {
    const { faults } = this.host;
    switch (of.what) {
      case "gone": return this.wire.close();
      case "killed": return this.client.kill();
      case "power": return this.host.powerCycle();
      case "silent": faults.unreachable = "silent"; return this.wire.cut();
      case "refused": faults.refuseLogin = true; return this.wire.cut();
      case "other key": faults.changedHostKey = true; return this.host.ssh.listening ? this.host.restartSsh() : undefined;
      case "full": return this.room.squeeze(of.where, of.kib);
      case "edit": return this.edit(of.file, of.note);
      default: throw new Error(`${of.what} has no moment`);
    }
  }

  /** What is ours is edited where it is there; a person's own file is made. False where nothing was written. */
  edit(file: PersonsFile, note: string): boolean {
    const at = this.host.files.at(file);
    if ((file.includes("gpuhost") && !existsSync(at)) || existsSync(`${dirname(at)}/.${file.slice(file.lastIndexOf("/") + 1)}.gpuhost-new`)) return false;
    mkdirSync(dirname(at), { recursive: true });
    try {
      appendFileSync(at, `# ${note}\n`);
    } catch (error) {
      // No room for a person either.
      if ((error as NodeJS.ErrnoException).code === "ENOSPC") return false;
      throw error;
    }
    this.edits.push({ file, text: this.host.files.read(file) });
    return true;
  }

  /** The first transaction waits in its first step until the second operator's order was answered. */
  private hold(of: Mishap): void {
    this.held = true;
    const control = (name: string): string => this.host.files.at(`/.simulated/${name}`);
    rmSync(control("reached"), { force: true });
    writeFileSync(control("hold"), "KernelArguments\nstep 1 of 2: writeFile\n");
    let over = false;
    const reached = until(() => over || existsSync(control("reached")), "the first operator's transaction", 60);
    new Client("bob@laptop", this.otherWire, hurried, () => reached.catch(() => undefined));
    this.later(async () => {
      await this.bob.up(false);
      if (existsSync(control("reached"))) this.cameAbout.add(of);
      over = true;
      rmSync(control("hold"), { force: true });
    });
    this.letGo = () => {
      over = true;
      rmSync(control("hold"), { force: true });
    };
  }

  private letGo: () => void = () => undefined;

  /** Everything that was begun by a mishap of this run has come to its end. */
  async ended(): Promise<void> {
    this.letGo();
    while (this.work.length > 0) await Promise.all(this.work.splice(0));
    await this.client.kill();
    for (const looks of this.atEnd.splice(0)) looks();
  }

  /** Everything that a person mends before running again: the network, the logins, the disk, the power button. */
  async mend(): Promise<void> {
    const { host } = this;
    const pressed = host.faults.reboot;
    const key = host.faults.changedHostKey === true;
    for (const name of ["reboot", "unreachable", "refuseLogin", "changedHostKey"] as const) delete host.faults[name];
    this.room.relax();
    this.wire.delay = 0;
    this.wire.expect([]);
    await host.settled();
    if (pressed !== undefined || !host.ssh.listening) await host.powerCycle();
    else if (key) await host.restartSsh();
    await this.wire.open();
    this.process(patient);
  }

  /** What passes in one login, or in one login and one reading. */
  async measure(what: "login" | "reading"): Promise<Wire["passed"]> {
    this.wire.expect([]);
    const shell = await openSshShell(this.alice.connection);
    if (what === "reading") await readSnapshot(shell);
    await shell.close();
    return { ...this.wire.passed };
  }

  /** Whether a second operator came in the run that has just ended. */
  secondOperatorCame(): boolean {
    const came = this.held;
    this.held = false;
    return came;
  }

  async stop(): Promise<void> {
    await Promise.all([this.wire.close(), this.otherWire.close()]);
    await this.host.stop().catch(() => undefined);
    this.room.give();
  }
}
