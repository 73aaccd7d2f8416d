import { execFile } from "node:child_process";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { Fleet } from "./fleet";
import type { SimulatedHost } from "./host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "./machine";

let fleet: Fleet;
beforeAll(() => void (fleet = new Fleet()));
afterAll(() => fleet.stop());

const server = (name: string, kernelArguments: string) => machine(name, {
  kernelArguments,
  functions: [
    rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
    rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "here" }),
    rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
  ],
});

/** Runs a command through the machine's own ssh client. */
async function ssh(host: SimulatedHost, command: string, more: readonly string[] = []): Promise<string> {
  const options = ["-i", fleet.keyFile, "-p", String(host.port), "-o", `UserKnownHostsFile=${fleet.knownHostsFile}`, "-o", "StrictHostKeyChecking=yes", "-o", "BatchMode=yes", "-F", "none", "-o", "LogLevel=ERROR"];
  const { stdout } = await promisify(execFile)("ssh", [...options, ...more, `root@${host.address}`, command]);
  return stdout.trimEnd();
}

const driver = (address: string) => `readlink $GPUHOST_ROOT/sys/bus/pci/devices/${address}/driver | sed 's,.*/,,'`;
const bound = (address: string, wanted: string) => `i=0; until [ "$(${driver(address)})" = "${wanted}" ]; do sleep 0.05; i=$((i+1)); [ $i -lt 100 ] || break; done; ${driver(address)}`;
const bind = (address: string, name: string) =>
  `cd $GPUHOST_ROOT/sys/bus/pci; modprobe vfio-pci; echo ${name} > devices/${address}/driver_override; echo ${address} > devices/${address}/driver/unbind; echo ${address} > drivers_probe`;

describe("a simulated host with the IOMMU on", () => {
  let host: SimulatedHost;
  beforeAll(async () => void (host = await fleet.add(server("on", "quiet"))));

  it("has native drivers, groups and the command line of its boot entry", async () => {
    expect(await ssh(host, driver("0000:65:00.0"))).toBe("nouveau");
    expect(await ssh(host, "ls $GPUHOST_ROOT/sys/kernel/iommu_groups/15/devices")).toBe("0000:65:00.0\n0000:65:00.1");
    expect(await ssh(host, "cat $GPUHOST_ROOT/proc/cmdline; uname -r")).toMatch(/^BOOT_IMAGE=\/boot\/vmlinuz-6\S+ root=\S+ ro +quiet\n6\.1\./);
  });

  it("moves a device to vfio-pci and back, and makes the group's node only when a member is on it", async () => {
    expect(await ssh(host, `${bind("0000:65:00.0", "vfio-pci")}; ${bound("0000:65:00.0", "vfio-pci")}; ls $GPUHOST_ROOT/dev/vfio`)).toBe("vfio-pci\n15\nvfio");
    const release = "cd $GPUHOST_ROOT/sys/bus/pci; echo > devices/0000:65:00.0/driver_override; echo 0000:65:00.0 > drivers/vfio-pci/unbind; echo 0000:65:00.0 > drivers_probe";
    expect(await ssh(host, `${release}; ${bound("0000:65:00.0", "nouveau")}; ls $GPUHOST_ROOT/dev/vfio`)).toBe("nouveau\nvfio");
  });

  it("leaves a bridge without a driver when it is asked to bind it to vfio-pci", async () => {
    await ssh(host, `${bind("0000:64:00.0", "vfio-pci")}; sleep 0.3`);
    expect(await ssh(host, driver("0000:64:00.0"))).toBe("");
  });
});

describe("a reboot", () => {
  let host: SimulatedHost;
  beforeAll(async () => void (host = await fleet.add(server("off", "quiet intel_iommu=off"), { bootSeconds: 0 })));
  const rebooted = async (boots: number) => {
    await expect.poll(() => host.boots, { timeout: 20_000 }).toBe(boots);
    await expect.poll(() => ssh(host, "echo up").catch(() => "down"), { timeout: 20_000 }).toBe("up");
  };

  it("starts without groups while the command line says off", async () => {
    expect(await ssh(host, "ls $GPUHOST_ROOT/sys/class/iommu $GPUHOST_ROOT/sys/kernel/iommu_groups | grep -c '^[0-9d]'; true")).toBe("0");
  });

  it("takes the entry chosen for one boot, once, with a new boot id", async () => {
    const cfg = "$GPUHOST_ROOT/etc/grub.d/40_trial";
    const entry = "menuentry \"trial\" --id trial {\n linux /boot/vmlinuz-6.1.0-28-amd64 root=x intel_iommu=on\n initrd /boot/initrd.img-6.1.0-28-amd64\n}";
    const before = await ssh(host, "cat $GPUHOST_ROOT/proc/sys/kernel/random/boot_id");
    await ssh(host, `printf '#!/bin/sh\\ncat << END\\n%s\\nEND\\n' '${entry}' > ${cfg}; chmod +x ${cfg}; update-grub 2>&1; grub-reboot trial; systemctl reboot`);
    await rebooted(2);
    expect(await ssh(host, "cat $GPUHOST_ROOT/proc/cmdline; ls $GPUHOST_ROOT/sys/class/iommu")).toBe("BOOT_IMAGE=/boot/vmlinuz-6.1.0-28-amd64 root=x intel_iommu=on\ndmar0");
    expect(await ssh(host, "cat $GPUHOST_ROOT/proc/sys/kernel/random/boot_id")).not.toBe(before);
    await ssh(host, "reboot");
    await rebooted(3);
    expect(await ssh(host, "cat $GPUHOST_ROOT/proc/cmdline")).toContain("intel_iommu=off");
  });

  it("binds what the booted initramfs says, before native drivers come", async () => {
    const script = "$GPUHOST_ROOT/etc/initramfs-tools/scripts/init-top/a-binding";
    const body = "[ \"$1\" != prereqs ] || exit 0\\nfor f in 0 1; do echo vfio-pci > /sys/bus/pci/devices/0000:65:00.$f/driver_override; done\\nmodprobe vfio-pci";
    await ssh(host, `sed -i s/=off/=on/ $GPUHOST_ROOT/etc/default/grub; update-grub; printf '#!/bin/sh\\n${body}\\n' > ${script}; chmod +x ${script}; update-initramfs -u; reboot`);
    await rebooted(4);
    await expect.poll(() => ssh(host, `${driver("0000:65:00.0")}; ${driver("0000:65:00.1")}; ls $GPUHOST_ROOT/dev/vfio`)).toBe("vfio-pci\nvfio-pci\n15\nvfio");
  });
});

describe("faults", () => {
  it("refuses a connection, a login, or shows another key", async () => {
    const closed = await fleet.add(server("closed", "quiet"), { faults: { unreachable: "closed" } });
    await expect(ssh(closed, "true")).rejects.toThrow(/Connection refused/);
    const silent = await fleet.add(server("silent", "quiet"), { faults: { unreachable: "silent" } });
    await expect(ssh(silent, "true", ["-o", "ConnectTimeout=2"])).rejects.toThrow(/timed out/);
    const locked = await fleet.add(server("locked", "quiet"), { faults: { refuseLogin: true } });
    await expect(ssh(locked, "true")).rejects.toThrow(/Permission denied/);
    const changed = await fleet.add(server("changed", "quiet"), { faults: { changedHostKey: true } });
    await expect(ssh(changed, "true")).rejects.toThrow(/Host key verification failed|REMOTE HOST IDENTIFICATION/);
  });

  it("breaks the connection in the middle of an output, once, and detached work goes on", async () => {
    const host = await fleet.add(server("dropping", "quiet"), { faults: { dropAfterBytes: 1000 } });
    await expect(ssh(host, "setsid sh -c 'sleep 0.5; echo done > $GPUHOST_ROOT/root/later' >/dev/null 2>&1 & head -c 5000 /dev/zero; sleep 5")).rejects.toThrow(/closed|reset|broken/i);
    await expect.poll(() => ssh(host, "cat $GPUHOST_ROOT/root/later 2>/dev/null || true"), { timeout: 20_000 }).toBe("done");
  });

  it("hangs in an unbind until the machine is switched off and on", async () => {
    const host = await fleet.add(server("hanging", "quiet"), { faults: { unbindHangs: ["nouveau"] } });
    const hung = "(echo 0000:65:00.0 > $GPUHOST_ROOT/sys/bus/pci/drivers/nouveau/unbind) & sleep 0.5; kill -0 $! && echo hangs; kill -9 $!";
    expect(await ssh(host, hung)).toBe("hangs");
    host.faults.unbindHangs = [];
    await host.powerCycle();
    expect(await ssh(host, `echo 0000:65:00.0 > $GPUHOST_ROOT/sys/bus/pci/drivers/nouveau/unbind; ${bound("0000:65:00.0", "")}`)).toBe("");
  });
});
