import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { once } from "node:events";
import { forwards } from "./compute/controlPlane";
import type { ControlPlanePorts } from "./compute/controlPlane";
import { atExit, mustRun, sleep } from "./process";
import { Qmp } from "./qmp";
import type { Topology } from "./topology";

/** An Intel processor without the instructions that cost more than they save under emulation. */
export const processor = "qemu64,vendor=GenuineIntel,family=6,model=44,stepping=2,-svm,+rdrand";

/** How the disk is written through. `unsafe` is fast and survives a reset; only `writeback` survives a power cut. */
export type DiskCache = "unsafe" | "writeback";

export interface QemuOptions {
  topology: Topology;
  /** The overlay this machine may write to. */
  disk: string;
  cache: DiskCache;
  /** Port on 127.0.0.1 that leads to the guest's port 22. */
  port: number;
  /** Ports of a control plane that the guest may reach; default none. */
  forward?: ControlPlanePorts;
  /** Folder for the control socket and the serial log. */
  folder: string;
  /** DMI system UUID. */
  uuid: string;
  /** False: the firmware describes no IOMMU at all. */
  iommuInFirmware: boolean;
  /** A zstd file to go on from. The machine then waits, paused, for `cont`. */
  state?: string;
  /** Boots this kernel past GRUB, with a shell that runs the script (a whole number of 512-byte blocks) as init. */
  rescue?: { vmlinuz: string; initrd: string; rootUuid: string; script: string };
}

/** The parts of the command line that a saved state depends on. */
export function deviceArguments(topology: Topology, iommuInFirmware: boolean, firstToBoot = ",bootindex=0"): string[] {
  const { memoryMebibytes = 768, processors = 1 } = topology;
  return [
    "-M", "q35,kernel-irqchip=split", "-cpu", processor, "-m", String(memoryMebibytes), "-smp", String(processors),
    "-nodefaults", "-display", "none", "-vga", "none",
    ...(iommuInFirmware ? ["-device", "intel-iommu,intremap=on,caching-mode=on"] : []),
    "-device", "virtio-rng-pci,bus=pcie.0,addr=0x4",
    ...topology.devices,
    "-device", `virtio-blk-pci,drive=disk,bus=${topology.disk.bus},addr=${topology.disk.addr}${firstToBoot}`,
    "-device", `virtio-net-pci,netdev=ssh,id=nic0,bus=${topology.nic.bus},addr=${topology.nic.addr},romfile=`,
  ];
}

function commandLine(options: QemuOptions): string[] {
  return [
    "-accel", "tcg,thread=multi,tb-size=256",
    "-drive", `file=${options.disk},if=none,id=disk,cache=${options.cache},discard=unmap`,
    "-netdev", `user,id=ssh,restrict=on,hostfwd=tcp:127.0.0.1:${options.port}-:22${options.forward === undefined ? "" : forwards(options.forward)}`,
    // With -kernel QEMU itself is what boots first.
    ...deviceArguments(options.topology, options.iommuInFirmware, options.rescue === undefined ? undefined : ""),
    "-uuid", options.uuid,
    "-serial", `file:${join(options.folder, "serial.log")}`,
    "-qmp", `unix:${join(options.folder, "qmp.sock")},server=on,wait=off`,
    ...(options.state === undefined ? [] : ["-incoming", `exec:zstd -dc -q '${options.state}'`]),
    ...(options.rescue === undefined ? [] : rescueArguments(options.rescue)),
  ];
}

function rescueArguments(rescue: NonNullable<QemuOptions["rescue"]>): string[] {
  const init = "init=/bin/sh -- /dev/disk/by-id/virtio-rescue";
  return [
    "-no-reboot", "-kernel", rescue.vmlinuz, "-initrd", rescue.initrd,
    "-append", `console=ttyS0 root=UUID=${rescue.rootUuid} ro quiet mitigations=off norandmaps no_timer_check panic=1 ${init}`,
    "-drive", `file=${rescue.script},if=none,id=rescue,format=raw,read-only=on`,
    "-device", "virtio-blk-pci,drive=rescue,serial=rescue,bus=pcie.0,addr=0x1e",
  ];
}

/** A running QEMU. It dies with this process, whatever ends it. */
export class Qemu {
  private constructor(
    readonly child: ChildProcess,
    readonly qmp: Qmp,
  ) {}

  /** Starts QEMU; with `state` it returns once the guest runs again. */
  static async start(options: QemuOptions): Promise<Qemu> {
    const socket = join(options.folder, "qmp.sock");
    const child = spawn("setpriv", ["--pdeathsig", "KILL", "qemu-system-x86_64", ...commandLine(options)], { stdio: ["ignore", "ignore", "pipe"] });
    let said = "";
    child.stderr?.setEncoding("utf8").on("data", (text: string) => (said += text));
    const kill = (): void => void child.kill("SIGKILL");
    child.on("exit", atExit(kill));
    try {
      for (let left = 300; !existsSync(socket); left--) {
        if (child.exitCode !== null || left === 0) throw new Error("no control socket");
        await sleep(0.05);
      }
      const qmp = await Qmp.connect(socket);
      if (options.state !== undefined) await goOn(qmp);
      return new Qemu(child, qmp);
    } catch (error) {
      kill();
      throw new Error(`QEMU did not start: ${said.trim() || String(error)}`, { cause: error });
    }
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** Ends QEMU at once, as a power cut would. */
  async kill(): Promise<void> {
    this.qmp.close();
    if (!this.running) return;
    const gone = once(this.child, "exit");
    this.child.kill("SIGKILL");
    await gone;
  }
}

async function goOn(qmp: Qmp): Promise<void> {
  for (;;) {
    const { status } = (await qmp.execute("query-status")) as { status: string };
    if (status === "paused") break;
    if (status !== "inmigrate") throw new Error(`the saved state was not taken (${status})`);
    await sleep(0.05);
  }
  await qmp.execute("cont");
}

/** A thin disk over a read-only one. */
export async function createOverlay(backing: string, format: "raw" | "qcow2", overlay: string): Promise<void> {
  await mustRun("qemu-img", ["create", "-q", "-f", "qcow2", "-b", backing, "-F", format, overlay]);
}

/** A port of 127.0.0.1 that nothing listens on now. */
export async function freePort(): Promise<number> {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, "close");
  return port;
}
