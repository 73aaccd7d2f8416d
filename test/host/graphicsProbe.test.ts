import { rmSync } from "node:fs";
import { afterEach, expect, test } from "vitest";
import { absent, value } from "../../provider/facts/reading";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { aHost, writeTree } from "../facts/trees";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const status = [["qemu-system-common", "installed", "1:10.0.2+ds-2"], ["libvirt-daemon", "deinstall ok config-files", "9.0.0-4"], ["libvirglrenderer1", "installed", "1.1.0-2"], ["bash", "installed", "5.2"]]
  .map(([name, state, version]) => `Package: ${name}\nStatus: ${state === "installed" ? "install ok installed" : state}\nVersion: ${version}\n`).join("\n");

test("QEMU, its libraries and a Mali are found in a tree, and nothing is run for it", async () => {
  const platform = "/sys/bus/platform/devices";
  const tree = aHost()
    .addText("/usr/bin/qemu-system-x86_64", "x").addText("/usr/lib/x86_64-linux-gnu/qemu/hw-display-virtio-gpu-gl.so", "x").addText("/usr/lib/x86_64-linux-gnu/qemu/block-curl.so", "x")
    .addText("/var/lib/dpkg/status", status)
    .addText(`${platform}/ff9a0000.gpu/uevent`, "DRIVER=mali\nOF_NAME=gpu\nOF_COMPATIBLE_0=arm,mali-valhall\nOF_COMPATIBLE_N=1").addText(`${platform}/ff9a0000.gpu/gpuinfo`, "Mali-G78AE 4 cores r0p1 0x90050001")
    .addPath(`${platform}/ff9a0000.gpu/drm/renderD128`)
    .addText(`${platform}/serial8250/uevent`, "DRIVER=serial8250");
  const root = writeTree(tree);
  folders.push(root);
  const { graphics } = await observe(localShell("the tree", "sh"), { GPUHOST_ROOT: root });
  expect(graphics).toMatchObject({
    emulators: value(["/usr/bin/qemu-system-x86_64"]), modules: value(["hw-display-virtio-gpu-gl"]), qemu: value("10.0.2"), virglrenderer: value("1.1.0"), libvirt: absent,
    platformGpus: value([{ name: "ff9a0000.gpu", driver: value("mali"), compatible: ["arm,mali-valhall"], model: value("Mali-G78AE 4 cores r0p1 0x90050001"), renderNodes: ["renderD128"] }]),
  });
});
