import { execFile } from "node:child_process";
import { randomUUID } from "node:crypto";
import { promisify } from "node:util";
import type { Drivers } from "./drivers";
import type { Files } from "./files";
import { chooseEntry } from "./grub";
import type { Machine } from "./machine";
import { writeIommu } from "./sysfs";
import { writeRunning } from "./system";
import type { VirtualFunctions } from "./virtual";

/** From power on to a running system: GRUB, the kernel's command line, groups, the initramfs, then the native drivers. */
export async function boot(files: Files, machine: Machine, drivers: Drivers, virtual: VirtualFunctions, environment: NodeJS.ProcessEnv): Promise<void> {
  const entry = chooseEntry(files);
  const on = iommuOn(machine, entry.arguments);
  writeRunning(files, { commandLine: `BOOT_IMAGE=${entry.kernel} ${entry.arguments}`, bootId: randomUUID(), iommu: on, remapped: machine.firmwareIommu });
  virtual.start(on);
  writeIommu(files, machine, on);
  drivers.start();
  await runInitramfs(files, entry.initrd, environment);
  drivers.probeAll();
  await runUnits(files, environment);
}

/** Debian's kernel has the IOMMU on unless told otherwise; of several `intel_iommu=` the last one wins. */
function iommuOn(machine: Machine, commandLine: string): boolean {
  const last = [...commandLine.matchAll(/(?:^|\s)intel_iommu=(\S+)/g)].at(-1)?.[1] ?? "on";
  return machine.firmwareIommu && !last.split(",").includes("off");
}

/**
 * Runs the image's own init-top scripts in their ORDER as far as udev, which is where native drivers take what is left.
 * They are the files that the booted image holds, not the ones in /etc: an image nobody rebuilt binds nothing.
 */
async function runInitramfs(files: Files, image: string, environment: NodeJS.ProcessEnv): Promise<void> {
  if (!files.exists(image)) return;
  await promisify(execFile)("simulated-initramfs", [files.at(image)], { env: environment, timeout: 100_000 });
}

/** What systemd starts because a drop-in of multi-user.target wants it; one that fails is a line in a log and no more. */
async function runUnits(files: Files, environment: NodeJS.ProcessEnv): Promise<void> {
  const folder = "/etc/systemd/system";
  for (const name of files.list(`${folder}/multi-user.target.d`)) {
    for (const [, unit = ""] of files.read(`${folder}/multi-user.target.d/${name}`).matchAll(/^Wants=(\S+)$/gm)) {
      const command = /^ExecStart=\/bin\/sh (\S+)$/m.exec(files.read(`${folder}/${unit}`))?.[1];
      if (command !== undefined) await promisify(execFile)("sh", [files.at(command)], { env: environment, timeout: 100_000 }).catch(() => undefined);
    }
  }
}
