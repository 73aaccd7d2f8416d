/**
 * The VM lab: real Debian hosts on an emulated machine with an Intel IOMMU, without KVM, the same everywhere.
 *
 *   image.ts, image/    the golden disks (Debian's cloud kernel, its full kernel, the full one with dracut: dracut/)
 *   compute/            the full kernel on a compute host of OpenStack, and what a test does to its Nova
 *   topology.ts         which cards a host has, where they sit, and the IOMMU groups that follow
 *   savedState.ts       hosts booted once and frozen, so that a test starts in seconds
 *   labHost.ts          what a test can do to a host
 *
 * A test calls `startLabHost` and, at its end, `stop`. Everything built lies in the user's cache (cache.ts).
 */
import { randomUUID } from "node:crypto";
import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { toStderr } from "./cache";
import type { Progress } from "./cache";
import { cloudPassword, tellPassword } from "./compute/cloudPassword";
import { nowhere } from "./compute/controlPlane";
import type { ControlPlanePorts } from "./compute/controlPlane";
import { ensureImage } from "./image";
import type { Kernel } from "./image";
import { LabHost } from "./labHost";
import { isRunning } from "./machine";
import { atExit, runProcess } from "./process";
import { createOverlay, freePort } from "./qemu";
import type { DiskCache } from "./qemu";
import { ensureSavedState } from "./savedState";
import type { IommuStart } from "./savedState";
import { topologies } from "./topology";
import type { TopologyName } from "./topology";

export { LabHost, sudoPassword } from "./labHost";
export type { User } from "./labHost";
export { topologies } from "./topology";
export type { Card, Topology, TopologyName } from "./topology";
export type { IommuStart } from "./savedState";
export type { Kernel } from "./image";
export { cloudPassword } from "./compute/cloudPassword";
export type { ControlPlanePorts } from "./compute/controlPlane";

export interface LabHostOptions {
  /** Default `cloud`. */
  kernel?: Kernel;
  /** Default `basic`, for the kernel `compute` the topology of that name. */
  topology?: TopologyName;
  /** `saved` (default) goes on from a frozen, booted host; `boot` runs GRUB and the kernel. Both wait for SSH. */
  from?: "saved" | "boot";
  /** Default `off`: switched off by argument in GRUB's configuration. */
  iommu?: IommuStart;
  /**
   * For the kernel `compute` only. `waiting` goes on from a host with the IOMMU on, cards bound and Nova configured
   * (compute/waiting.ts), whose nova-compute runs and tries to reach its message bus. Default `stopped`: nova-compute was
   * never started and knows no card.
   */
  nova?: "stopped" | "waiting";
  /** For the kernel `compute` only: where its control plane is, whose users have `cloudPassword()`. Default: nowhere. */
  forward?: ControlPlanePorts;
  /** Default `unsafe`; `writeback` for tests that cut the power. */
  cache?: DiskCache;
  /** Default `lab`; used in messages only. */
  name?: string;
  progress?: Progress;
}

const bootDeadlineSeconds = 300;

/** A folder named after this process; those of processes that were killed before they could clean up go now. */
function hostFolder(): string {
  for (const name of readdirSync(tmpdir())) {
    const owner = /^gpuhost-lab-(\d+)-/.exec(name)?.[1];
    if (owner !== undefined && !isRunning(Number(owner))) rmSync(join(tmpdir(), name), { recursive: true, force: true });
  }
  const folder = mkdtempSync(join(tmpdir(), `gpuhost-lab-${process.pid}-`));
  atExit(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

/** Starts a host with a disk of its own and returns when it answers over SSH. Images and states are built on first use. */
export async function startLabHost(options: LabHostOptions = {}): Promise<LabHost> {
  const { kernel = "cloud", from = "saved", cache = "unsafe", name = "lab", progress = toStderr } = options;
  const { topology = kernel === "compute" ? "compute" : "basic", iommu = options.nova === "waiting" ? "on" : "off" } = options;
  const image = await ensureImage(kernel, progress);
  const wanted = { image, topology, iommu, ...(options.nova === "waiting" ? { nova: options.nova } : {}) };
  const saved = from === "saved" || iommu === "on" ? await ensureSavedState(wanted, progress) : undefined;
  const folder = hostFolder();
  const disk = join(folder, "disk.qcow2");
  if (saved === undefined) await createOverlay(image.disk, "raw", disk);
  else await createOverlay(saved.disk, "qcow2", disk);
  const host = await LabHost.start(name, image, {
    topology: topologies[topology],
    disk,
    cache,
    port: await freePort(),
    folder,
    uuid: saved?.uuid ?? randomUUID(),
    iommuInFirmware: iommu !== "firmwareOff",
    ...(kernel === "compute" ? { forward: options.forward ?? nowhere } : {}),
    ...(saved !== undefined && from === "saved" ? { state: saved.state } : {}),
  });
  try {
    await host.waitForSsh(bootDeadlineSeconds);
    // A restored guest still has the time at which it was frozen.
    if (from === "saved") await runProcess("ssh", [...host.sshArguments(), `date -s @${Math.floor(Date.now() / 1000)}`]);
    if (kernel === "compute") await tellPassword(host, cloudPassword());
    return host;
  } catch (error) {
    await host.stop();
    throw error;
  }
}
