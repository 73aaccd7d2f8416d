import { randomUUID } from "node:crypto";
import { chmodSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, hashOf } from "./cache";
import type { Progress } from "./cache";
import { nowhere } from "./compute/controlPlane";
import { startWaiting, waitingContent } from "./compute/waiting";
import type { Image } from "./image";
import { LabHost } from "./labHost";
import { ensureMachine, qemuVersion } from "./machine";
import { sleep } from "./process";
import { createOverlay, deviceArguments, freePort } from "./qemu";
import { topologies } from "./topology";
import type { TopologyName } from "./topology";

/**
 * How a host starts: `off` by the argument intel_iommu=off in its GRUB configuration, `on` by intel_iommu=on in the same
 * place, `firmwareOff` without any IOMMU described by the firmware (the argument is intel_iommu=off as well).
 */
export type IommuStart = "off" | "on" | "firmwareOff";

export interface SavedHost {
  image: Image;
  topology: TopologyName;
  iommu: IommuStart;
  /** Only for `compute` with the IOMMU on: nova-compute runs already, see compute/waiting.ts. */
  nova?: "waiting";
}

/** A host that was booted once and frozen: its disk, its memory, and the DMI UUID it was booted with. */
export interface SavedState {
  disk: string;
  state: string;
  uuid: string;
}

/** The frozen host, booted and frozen now if it is not in the cache (half a minute to two). */
export async function ensureSavedState(host: SavedHost, progress: Progress): Promise<SavedState> {
  await ensureMachine(progress);
  const line = deviceArguments(topologies[host.topology], host.iommu !== "firmwareOff").join(" ");
  const waiting = host.nova === "waiting" ? [waitingContent()] : [];
  const key = hashOf(host.image.id, line, host.iommu, await qemuVersion(), ...waiting);
  const name = `saved-${host.image.kernel}-${host.topology}-${host.nova ?? host.iommu}-${key}`;
  const folder = await cached(name, progress, (building) => freeze(host, building, progress));
  return { disk: join(folder, "disk.qcow2"), state: join(folder, "state.zst"), uuid: readFileSync(join(folder, "uuid"), "utf8") };
}

async function freeze(saved: SavedHost, building: string, progress: Progress): Promise<void> {
  const disk = join(building, "disk.qcow2");
  const uuid = randomUUID();
  writeFileSync(join(building, "uuid"), uuid);
  await createOverlay(saved.image.disk, "raw", disk);
  const host = await LabHost.start("saved", saved.image, {
    topology: topologies[saved.topology],
    disk,
    cache: "unsafe",
    port: await freePort(),
    folder: building,
    uuid,
    iommuInFirmware: saved.iommu !== "firmwareOff",
    ...(saved.image.kernel === "compute" ? { forward: nowhere } : {}),
  });
  try {
    progress(`booting ${saved.image.kernel} ${saved.topology}`);
    const bootId = await host.waitForSsh(300);
    if (saved.iommu === "on") {
      progress("switching its IOMMU on: update-grub and a reboot");
      await host.read("sed -i s/intel_iommu=off/intel_iommu=on/ /etc/default/grub && update-grub && systemctl reboot || true");
      await host.waitForSsh(300, bootId);
    }
    await host.read("systemctl is-system-running --wait; sync");
    if (saved.nova === "waiting") await startWaiting(host, progress);
    progress("freezing it");
    await host.qmp("stop");
    await migrate(host, join(building, "state.zst"));
  } finally {
    await host.powerCut();
  }
  chmodSync(disk, 0o444);
  for (const name of ["qmp.sock", "serial.log", "known_hosts"]) rmSync(join(building, name), { force: true });
}

async function migrate(host: LabHost, file: string): Promise<void> {
  await host.qmp("migrate-set-parameters", { "max-bandwidth": 10 * 2 ** 30 });
  await host.qmp("migrate", { uri: `exec:zstd -3 -q > '${file}'` });
  for (;;) {
    const { status, ...rest } = (await host.qmp("query-migrate")) as { status?: string; "error-desc"?: string };
    if (status === "completed") return;
    if (status === "failed") throw new Error(`QEMU cannot save this machine: ${rest["error-desc"] ?? "no reason given"}`);
    await sleep(0.1);
  }
}
