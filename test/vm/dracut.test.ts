import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stack } from "../beds/engine/stack";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { bootState, difference, drivers } from "./footprint";
import { connectionTo, stackOf } from "./labStack";

const first = topologies.basic.cards["first"]!;
const second = topologies.basic.cards["second"]!;

/**
 * A dracut module of the test's own, later than ours: the images then also expect another card at the second card's address, as an
 * image does that was built before cards were moved.
 */
const movedCard = `folder=/usr/lib/dracut/modules.d/99moved-card
mkdir $folder
cat >$folder/module-setup.sh <<'MODULE'
check() { return 0; }
install() {
    local binding="$initdir/etc/gpuhost/vfio-binding.conf"
    if [ -e "$binding" ]; then echo "${second.functions[0]} 10de:2230:10de:1459 vfio-pci" >>"$binding"; fi
}
MODULE
chmod 755 $folder/module-setup.sh`;

/** One message of the journal. */
interface Logged {
  /** Since the kernel began. */
  seconds: number;
  /** "kernel", "gpuhost" (what our hook writes to the kernel's log), or a unit. */
  from: string;
  text: string;
}

async function bootLog(host: LabHost): Promise<Logged[]> {
  const lines = (await host.read("journalctl -b --no-pager -o json")).split("\n");
  return lines.map((line) => JSON.parse(line) as Record<string, string>).map((entry) => ({
    seconds: Number(entry["_SOURCE_MONOTONIC_TIMESTAMP"] ?? entry["__MONOTONIC_TIMESTAMP"]) / 1e6,
    from: entry["UNIT"] ?? entry["_SYSTEMD_UNIT"] ?? entry["SYSLOG_IDENTIFIER"] ?? "",
    text: String(entry["MESSAGE"]),
  }));
}

describe("a host whose images are built by dracut", () => {
  let host: LabHost;
  let stack: Stack;
  let boot: string[];
  let folders: string;
  let driversBefore: Record<string, string>;
  const dracutFolders = (): Promise<string> => host.read("ls -d /usr/lib/dracut/modules.d/*; ls -d /etc/initramfs-tools/hooks/* 2>/dev/null; true");

  beforeAll(async () => {
    host = await startLabHost({ kernel: "dracut", name: "dracut" });
    await host.read(movedCard);
    stack = await stackOf({
      hv1: {
        connection: connectionTo(host),
        cards: [{ address: first.functions[0], id: first.ids[0] }],
        kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
        reboot: "whenNeeded",
      },
    });
    boot = await bootState(host);
    folders = await dracutFolders();
    driversBefore = await drivers(host);
  });

  afterAll(async () => {
    stack?.dispose();
    await host?.stop();
  });

  it("still has mkinitramfs, and goes up through a trial boot of an image by dracut", async () => {
    expect(await host.read("command -v mkinitramfs dracut; dpkg-query -W -f '${db:Status-Status}' initramfs-tools")).toBe("/usr/sbin/mkinitramfs\n/usr/bin/dracut\nconfig-files");
    const up = await stack.up();
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect((await stack.outputs())["hv1"]).toEqual({ ready: true });
    expect(difference(folders.split("\n"), (await dracutFolders()).split("\n"))).toEqual(["+ /usr/lib/dracut/modules.d/90gpuhost"]);
  });

  it("has the card on vfio-pci before udev is started, so that its own drivers never saw it", async () => {
    const log = await bootLog(host);
    const said = (by: string, text: RegExp): Logged[] => log.filter((line) => line.from === by && text.test(line.text));
    const bound = first.functions.map((address) => said("gpuhost", new RegExp(`^${address} is on vfio-pci$`)).map(({ seconds }) => seconds));
    const udev = Math.min(...log.filter(({ from }) => from === "systemd-udevd.service").map(({ seconds }) => seconds));
    expect(bound.map((times) => times.length)).toEqual([1, 1]);
    expect(udev).toBeLessThan(Infinity);
    expect(Math.max(...bound.flat())).toBeLessThan(udev);
    const native = (functions: string[]): Logged[] => said("kernel", new RegExp(`^(bochs|snd_hda_intel).*(${functions.join("|")})`));
    expect(native(first.functions)).toEqual([]);
    expect(native(second.functions).map(({ seconds }) => seconds).filter((seconds) => seconds < udev)).toEqual([]);
    expect(native(second.functions).length).toBeGreaterThan(0);
    const now = await drivers(host);
    expect(first.functions.map((address) => now[address])).toEqual(["vfio-pci", "vfio-pci"]);
  });

  it("leaves a card alone that is not the one which the image expects at its address", async () => {
    const said = await host.read(`dmesg | grep 'gpuhost: ${second.functions[0]}'`);
    expect(said).toMatch(/ is 1234:1111:[0-9a-f:]+, expected 10de:2230:10de:1459: left alone$/);
    const now = await drivers(host);
    expect(second.functions.map((address) => now[address])).toEqual(second.functions.map((address) => driversBefore[address]));
    expect(now[second.functions[0]!]).toMatch(/^bochs/);
    expect(await host.read(`cat /sys/bus/pci/devices/${second.functions[0]}/driver_override`)).toBe("(null)");
  });

  it("keeps it: the image of the default entries holds the binding now", async () => {
    expect(await host.read("zstd -dcq /boot/initrd.img-$(uname -r) | grep -a -c 'etc/gpuhost/vfio-binding.conf'")).not.toBe("0");
    expect(await host.read("ls /boot | grep -c gpuhost || true")).toBe("0");
  });

  it("is undone by destroy, byte for byte, and after a reboot its own drivers have the card", async () => {
    const bootId = await host.bootId();
    const destroy = await stack.destroy();
    expect(destroy.exitCode, destroy.stdout + destroy.stderr).toBe(0);
    expect(difference(boot, await bootState(host))).toEqual([]);
    expect(await dracutFolders()).toBe(folders);
    await host.ssh("systemctl reboot");
    await host.waitForSsh(300, bootId);
    expect(await drivers(host)).toEqual(driversBefore);
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    expect(difference(boot, await bootState(host))).toEqual([]);
  });
});
