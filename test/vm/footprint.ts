import type { LabHost } from "../beds/vm/lab";

/**
 * Every file of the root disk with size, mode, owner, modification and change time, and the state of devices and modules in
 * sysfs. A write anywhere changes a line: ctime cannot be set back. Counters that move by themselves are left out by name.
 */
export async function footprint(host: LabHost): Promise<string[]> {
  const disk = await host.read("find / -xdev \\( -path /tmp -o -path /run \\) -prune -o -printf '%p %y %s %m %U:%G %T@ %C@\\n'");
  const devices = await host.read([
    "cd /sys",
    "for f in bus/pci/devices/*/driver_override bus/pci/devices/*/enable bus/pci/devices/*/power_state bus/pci/devices/*/sriov_numvfs"
      + " kernel/iommu_groups/*/type module/*/parameters/*; do [ -r $f ] && echo $f; done | xargs grep -sH ''",
    "ls -l bus/pci/devices/*/driver kernel/iommu_groups/*/devices/* | sed 's/.* \\(bus\\|kernel\\)/\\1/'",
    "cut -d' ' -f1,2 /proc/modules; cat /proc/mounts",
  ].join("; "));
  return [...disk.split("\n"), ...devices.split("\n")].filter((line) => !counters.some((one) => one.test(line))).sort();
}

/** power_state: runtime power management puts idle devices to sleep when it likes. Module use counts follow processes. */
const counters = [/\/power_state:/];

export function difference(before: readonly string[], after: readonly string[]): string[] {
  const [old, now] = [new Set(before), new Set(after)];
  return [...before.filter((line) => !now.has(line)).map((line) => `- ${line}`), ...after.filter((line) => !old.has(line)).map((line) => `+ ${line}`)];
}

/** Paths of the lines that differ. */
export function changedPaths(before: readonly string[], after: readonly string[]): string[] {
  return [...new Set(difference(before, after).map((line) => line.slice(2).split(" ")[0]!))].sort();
}

/** sha256 of everything that decides how the host boots and which driver gets a device, by path. */
export async function bootState(host: LabHost): Promise<string[]> {
  const files = "find /etc /boot /lib/modules /usr/lib/dracut /usr/share/initramfs-tools -xdev -type f 2>/dev/null | grep -v -e '^/boot/grub/fonts' -e '\\.ko' | sort | xargs sha256sum";
  return (await host.read(files)).split("\n");
}

/** Driver of every PCI function, "" for none. */
export async function drivers(host: LabHost): Promise<Record<string, string>> {
  const text = await host.read("for d in /sys/bus/pci/devices/*; do echo \"${d##*/} $(basename \"$(readlink $d/driver)\")\"; done");
  return Object.fromEntries(text.split("\n").map((line) => line.split(" ") as [string, string]));
}

/** SSH logins of `ops` and scripts run through sudo since the host booted: every exec of ours is one sudo. */
export async function sshTraffic(host: LabHost): Promise<{ logins: number; execs: number }> {
  const count = async (pattern: string): Promise<number> => Number(await host.read(`journalctl -b --no-pager | grep -c -- '${pattern}' || true`));
  return { logins: await count("Accepted publickey for ops"), execs: await count("sudo\\[.*ops : .*COMMAND=") };
}
