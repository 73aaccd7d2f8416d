import { randomUUID } from "node:crypto";
import { chmodSync, copyFileSync, mkdirSync, readFileSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { cached, contentOf, hashOf } from "./cache";
import type { Progress } from "./cache";
import { computeContent, installCompute } from "./compute/nova";
import { acquireOptions, ensureMachine, guestSources, suite } from "./machine";
import { mustRun, mustRunAsRoot } from "./process";
import { processor } from "./qemu";

/**
 * `cloud` boots faster and has no native GPU, sound or e1000 drivers; `full` is Debian's ordinary kernel; `dracut` is the
 * full one on a host where dracut builds the initramfs; `compute` is the full one on a compute host of OpenStack, with
 * libvirt, QEMU and Nova.
 */
export type Kernel = "cloud" | "full" | "dracut" | "compute";

/** A golden disk and what belongs to it. Nothing in it is ever written again. */
export interface Image {
  kernel: Kernel;
  /** Made anew by every build: what depends on the disk's bytes is keyed by it. */
  id: string;
  disk: string;
  /** Kernel of the disk and an initramfs by initramfs-tools, for a boot that goes round GRUB. */
  vmlinuz: string;
  initrd: string;
  identityFile: string;
  /** The host's public keys, `type base64`, one per type. */
  hostKeys: string[];
}

const scripts = join(__dirname, "image");
const dracutScripts = join(__dirname, "dracut");
/** UUID of the root file system of every disk. */
export const rootUuid = "6f1d2c3a-1111-4222-8333-444455556666";
const diskMebibytes = 3072;
const computeDiskMebibytes = 5120;
const packages = [
  "systemd", "systemd-sysv", "udev", "dbus", "openssh-server", "sudo", "grub-pc", "initramfs-tools", "apparmor", "kmod",
  "pciutils", "iproute2", "busybox", "zstd", "linux-image-cloud-amd64", "linux-image-amd64",
].join(",");

/** The golden image with this kernel: found in the cache, or built (about a minute and a half, root or `sudo -n` needed). */
export async function ensureImage(kernel: Kernel, progress: Progress): Promise<Image> {
  const more = kernel === "dracut" ? [contentOf(dracutScripts)] : kernel === "compute" ? [computeContent(), String(computeDiskMebibytes)] : [];
  const key = hashOf(contentOf(scripts), packages, suite, rootUuid, String(diskMebibytes), processor, ...more);
  const folder = await cached(`${key}/image-${kernel}`, progress, async (building) => {
    await ensureMachine(progress);
    const tree = await ensureTree(progress);
    await buildImage(kernel, tree, building, progress);
  });
  return imageIn(folder, kernel);
}

function imageIn(folder: string, kernel: Kernel): Image {
  const keys = join(folder, "keys");
  const hostKeys = readdirSync(keys)
    .filter((name) => /^ssh_host_.*\.pub$/.test(name))
    .map((name) => readFileSync(join(keys, name), "utf8").split(" ").slice(0, 2).join(" "));
  return {
    kernel,
    id: readFileSync(join(folder, "id"), "utf8"),
    disk: join(folder, "disk.raw"),
    vmlinuz: join(folder, "vmlinuz"),
    initrd: join(folder, "initrd.img"),
    identityFile: join(keys, "id_ed25519"),
    hostKeys,
  };
}

/** One unpacked Debian with both kernels: the images differ in what is then removed from it. */
function ensureTree(progress: Progress): Promise<string> {
  const key = hashOf(readFileSync(join(scripts, "tree.sh"), "utf8"), packages, suite);
  return cached(`tree-${key}`, progress, async (building) => {
    writeFileSync(join(building, "sources.list"), await guestSources());
    writeFileSync(join(building, "acquire.conf"), await acquireOptions());
    progress("fetching and unpacking Debian packages with mmdebstrap");
    const files = ["sources.list", "acquire.conf"].map((name) => join(building, name));
    await mustRunAsRoot("sh", [join(scripts, "tree.sh"), join(building, "root"), suite, ...files, packages]);
  });
}

async function buildImage(kernel: Kernel, treeFolder: string, building: string, progress: Progress): Promise<void> {
  const tree = join(building, "tree");
  const keys = join(building, "keys");
  const disk = join(building, "disk.raw");
  const oracle = join(building, "vfio-group");
  const env = { ...process.env, LAB_ROOT_UUID: rootUuid };
  mkdirSync(keys);
  progress("compiling the VFIO oracle");
  await mustRun("gcc", ["-static", "-O2", "-o", oracle, join(scripts, "vfio-group.c")]);
  progress(`configuring the ${kernel} host`);
  await mustRun("ssh-keygen", ["-q", "-t", "ed25519", "-N", "", "-C", "lab", "-f", join(keys, "id_ed25519")]);
  await mustRunAsRoot("cp", ["-a", join(treeFolder, "root"), tree]);
  await mustRunAsRoot("sh", [join(scripts, "configure.sh"), tree, kernel === "cloud" ? "cloud" : "full", join(scripts, "guest"), keys, oracle], { env });
  for (const name of readdirSync(join(tree, "boot"))) {
    const as = /^(vmlinuz|initrd\.img)-/.exec(name)?.[1];
    if (as !== undefined) copyFileSync(join(tree, "boot", name), join(building, as));
  }
  const apt = ["sources.list", "acquire.conf"].map((name) => join(treeFolder, name));
  if (kernel === "dracut") {
    progress("putting dracut in place of initramfs-tools");
    await mustRunAsRoot("sh", [join(dracutScripts, "install.sh"), tree, ...apt]);
  }
  if (kernel === "compute") await installCompute(tree, apt, building, progress);
  progress("writing the disk");
  const mebibytes = String(kernel === "compute" ? computeDiskMebibytes : diskMebibytes);
  await mustRunAsRoot("sh", [join(scripts, "disk.sh"), tree, disk, mebibytes], { env });
  await mustRunAsRoot("chown", [`${process.getuid?.() ?? 0}`, disk]);
  await mustRunAsRoot("rm", ["-rf", tree]);
  rmSync(oracle);
  progress("first boot: grub-install, update-grub");
  await firstBoot(building, disk);
  chmodSync(disk, 0o444);
  writeFileSync(join(building, "id"), randomUUID());
}

async function firstBoot(building: string, disk: string): Promise<void> {
  const console = await mustRun(
    "qemu-system-x86_64",
    [
      "-accel", "tcg,thread=multi", "-M", "q35", "-cpu", processor, "-m", "768", "-smp", "1", "-nodefaults", "-nographic",
      "-serial", "stdio", "-no-reboot", "-kernel", join(building, "vmlinuz"), "-initrd", join(building, "initrd.img"),
      "-append", "console=ttyS0 root=/dev/vda1 ro init=/lab-firstboot quiet mitigations=off norandmaps no_timer_check panic=1",
      "-drive", `file=${disk},format=raw,if=virtio,cache=unsafe`,
    ],
    { timeoutSeconds: 600 },
  );
  const failed = /LAB-STEP rc=[1-9].*/.exec(console)?.[0];
  if (failed !== undefined || !console.includes("LAB-FIRSTBOOT-DONE")) {
    throw new Error(`The first boot of the lab's host failed: ${failed ?? "it never finished"}\n${console.slice(-2000)}`);
  }
}
