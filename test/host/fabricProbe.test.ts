import { rmSync } from "node:fs";
import { afterEach, describe, expect, test } from "vitest";
import { absent, value } from "../../provider/facts/reading";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { addFunction, aHost, gpu, writeTree } from "../facts/trees";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

const packaged = "/usr/share/nvidia/nvswitch/fabricmanager.cfg";
const process = (tree: TreeSnapshot, pid: number, ...args: string[]): TreeSnapshot =>
  tree.addText(`/proc/${pid}/comm`, "nv-fabricmanage").addBytes(`/proc/${pid}/cmdline`, Buffer.from([...args, ""].join("\0")));

async function read(tree: TreeSnapshot, shell: "sh" | "bash" = "sh"): Promise<Awaited<ReturnType<typeof observe>>> {
  const root = writeTree(tree);
  folders.push(root);
  return observe(localShell("the tree", shell), { GPUHOST_ROOT: root });
}

describe("the fabric manager of a tree", () => {
  test("its process, its settings without addresses, its package and its state file", async () => {
    const tree = process(aHost(), 812, "/usr/bin/nv-fabricmanager", "-c", packaged)
      .addText(packaged, "LOG_LEVEL=4\nFABRIC_MODE=1\nFABRIC_MODE_RESTART=1\nSTATE_FILE_NAME=/var/tmp/fm.state\nFM_CMD_BIND_INTERFACE=192.0.2.7\nFM_CMD_PORT_NUMBER=6666\nFM_CMD_UNIX_SOCKET_PATH=")
      .addText("/var/tmp/fm.state", "not for us")
      .addText("/var/lib/dpkg/status", "Package: nvidia-fabricmanager-580\nStatus: install ok installed\nVersion: 580.95.05-1\n");
    const { fabric } = await read(tree);
    expect(fabric?.manager).toEqual({ running: value(true), container: false, configuration: packaged, mode: value(1), restart: value(1), stateFile: value("/var/tmp/fm.state"), stateSaved: true, orders: value("network"), version: value("580.95.05") });
    expect(JSON.stringify(fabric)).not.toContain("192.0.2.7");
  });

  test("a file of its own counts, and the packaged one does not", async () => {
    const own = (tree: TreeSnapshot): TreeSnapshot => tree.addText(packaged, "FABRIC_MODE=0").addText("/etc/fm.cfg", "FABRIC_MODE = 2\r\nFM_CMD_BIND_INTERFACE=127.0.0.1");
    for (const args of [["-c", "/etc/fm.cfg"], ["--config", "/etc/fm.cfg"], ["--config=/etc/fm.cfg"]]) {
      const { fabric } = await read(own(process(aHost(), 812, "/usr/bin/nv-fabricmanager", ...args)));
      expect([fabric?.manager.configuration, fabric?.manager.mode, fabric?.manager.orders]).toEqual(["/etc/fm.cfg", value(2), value("loopback")]);
    }
    const gone = await read(process(aHost(), 812, "/usr/bin/nv-fabricmanager", "-c", "/etc/other.cfg").addText(packaged, "FABRIC_MODE=1"));
    expect(gone.fabric?.manager.mode.kind).toBe("unreadable");
  });

  test("a process that has ended and was not collected runs no more", async () => {
    const state = (letter: string): TreeSnapshot => process(aHost(), 812, "/usr/bin/nv-fabricmanager").addText("/proc/812/stat", `812 (nv-fabricmanage) ${letter} 1 812 812 0 -1 4227084 0`);
    const running = async (letter: string) => (await read(state(letter))).fabric?.manager.running;
    expect([await running("Z"), await running("X"), await running("S"), await running("D")]).toEqual([value(false), value(false), value(true), value(true)]);
  });

  test("processes that were looked through without one, and none that could be looked through", async () => {
    expect((await read(aHost().addText("/proc/1/comm", "systemd"))).fabric?.manager.running).toEqual(value(false));
    expect((await read(aHost())).fabric?.manager.running.kind).toBe("unreadable");
  });
});

test("units, hooks and scripts that block links are named; others, and what is not looked into, are not", async () => {
  const call = "#!/bin/sh\nnvidia_gpu_tools.py --devices gpus --block-all-nvlinks\n";
  const tree = aHost().addText("/etc/systemd/system/block.service", "ExecStart=/opt/nvidia_gpu_tools.py --gpu-bdf=65:00.0 --block-nvlink=3").addText("/etc/libvirt/hooks/qemu", call)
    .addText("/usr/local/sbin/fence", call).addText("/usr/local/sbin/other", "nvidia_gpu_tools.py --query-cc-mode").addText("/home/somebody/notes", call);
  expect((await read(tree)).fabric?.linkBlockers).toEqual(value(["/etc/libvirt/hooks/qemu", "/etc/systemd/system/block.service", "/usr/local/sbin/fence"]));
  expect((await read(aHost().addText("/etc/systemd/system/sshd.service", "x"))).fabric?.linkBlockers).toEqual(value([]));
  expect((await read(aHost())).fabric?.linkBlockers.kind).toBe("unreadable");
});

test("hives of amdgpu and the sharing of gim", async () => {
  const tree = addFunction(addFunction(aHost(), gpu, { ids: "1002:738c" }), "0000:66:00.0", { ids: "1002:738c" })
    .addText(`/sys/bus/pci/devices/${gpu}/xgmi_hive_info/xgmi_hive_id`, "13093571283691902974").addText("/sys/module/gim/parameters/fb_sharing_mode", "0");
  const { pciDevices, fabric } = await read(tree);
  // The tree is written as a recording, which numbers hives.
  expect(pciDevices.map(({ xgmiHive }) => xgmiHive)).toEqual([value("1"), undefined]);
  expect(fabric?.gimSharing).toEqual(value(0));
  expect((await read(aHost())).fabric?.gimSharing).toEqual(absent);
});
