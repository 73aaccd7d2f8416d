import type { Files } from "./files";
import type { Machine } from "./machine";

/** The part of a Debian 12 installation that has nothing to do with PCI: identity, boot loader, modules, who uses what. */
export function writeSystem(files: Files, machine: Machine, address: string): void {
  const release = machine.kernel;
  const texts: Record<string, string> = {
    "/etc/hostname": machine.name,
    "/etc/machine-id": machine.machineId,
    "/etc/os-release": 'PRETTY_NAME="Debian GNU/Linux 12 (bookworm)"\nNAME="Debian GNU/Linux"\nVERSION_ID="12"\nVERSION="12 (bookworm)"\nID=debian',
    "/etc/default/grub": `# Written by the installer; edited by nobody since.\nGRUB_DEFAULT=0\nGRUB_TIMEOUT=5\nGRUB_DISTRIBUTOR="Debian"\nGRUB_CMDLINE_LINUX_DEFAULT="${machine.kernelArguments}"\nGRUB_CMDLINE_LINUX=""`,
    "/etc/initramfs-tools/initramfs.conf": "MODULES=most\nBUSYBOX=auto\nCOMPRESS=zstd",
    "/etc/initramfs-tools/modules": "# Modules to load early, one a line.",
    "/etc/fstab": "/dev/nvme0n1p1 / ext4 errors=remount-ro 0 1",
    "/sys/class/dmi/id/product_uuid": machine.dmiUuid,
    "/sys/class/dmi/id/sys_vendor": "Simulated",
    "/sys/class/dmi/id/product_name": "GPU host of the pulumi-gpuhost demo",
    "/sys/kernel/security/lockdown": "[none] integrity confidentiality",
    "/sys/kernel/security/apparmor/profiles": "/usr/sbin/libvirtd (enforce)",
    "/sys/module/apparmor/parameters/enabled": "Y",
    "/proc/cpuinfo": "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R) Xeon(R) Gold 6338",
    "/proc/sys/kernel/osrelease": release,
    "/proc/sys/kernel/hostname": machine.name,
    "/proc/sys/kernel/arch": "x86_64",
    "/proc/version": `Linux version ${release} (simulated) #1 SMP PREEMPT_DYNAMIC Debian 6.1.119-1`,
    "/proc/swaps": "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority",
    "/proc/mdstat": "Personalities :\nunused devices: <none>",
    "/proc/mounts": "/dev/nvme0n1p1 / ext4 rw,relatime,errors=remount-ro 0 0",
    "/proc/self/mountinfo": "25 1 259:1 / / rw,relatime shared:1 - ext4 /dev/nvme0n1p1 rw,errors=remount-ro",
    "/boot/grub/grubenv": "",
    "/usr/sbin/mkinitramfs": "",
    "/usr/sbin/update-initramfs": "",
    "/usr/sbin/apparmor_parser": "",
    [`/boot/vmlinuz-${release}`]: "simulated kernel",
    [`/lib/modules/${release}/modules.builtin`]: "kernel/drivers/pci/pcie/portdrv.ko\nkernel/drivers/iommu/intel/iommu.ko",
    [`/lib/modules/${release}/modules.alias`]: "alias vfio_pci:v*d*sv*sd*bc*sc*i* vfio_pci",
  };
  for (const [path, text] of Object.entries(texts)) files.write(path, text);
  writeNetwork(files, machine, address);
  for (const folder of ["/etc/default/grub.d", "/etc/grub.d", "/etc/initramfs-tools/hooks", "/etc/initramfs-tools/scripts/init-top", "/etc/modprobe.d", "/etc/modules-load.d", "/etc/systemd/system", "/var/lib", "/run/systemd/system", "/tmp", "/root", "/dev/vfio"]) files.folder(folder);
  if (machine.firmwareIommu) files.write("/sys/firmware/acpi/tables/DMAR", Buffer.from("DMAR"), 0o400);
  else files.folder("/sys/firmware/acpi/tables");
}

/** The address that this host is reached under, on its first interface that has one, with the default route. */
function writeNetwork(files: Files, machine: Machine, address: string): void {
  const name = machine.functions.find((of) => of.netdev?.address)?.netdev?.name ?? "eth0";
  const gateway = address.replace(/\d+$/, "254");
  const reversed = (text: string) => text.split(".").reverse().map((part) => Number(part).toString(16).padStart(2, "0").toUpperCase()).join("");
  files.write("/proc/net/route", `Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n${name}\t00000000\t${reversed(gateway)}\t0003\t0\t0\t0\t00000000\t0\t0\t0`);
  files.write("/proc/net/ipv6_route", "");
  files.write("/proc/net/if_inet6", "");
  files.write("/proc/net/fib_trie", `Main:\n  +-- 0.0.0.0/0 3 0 5\n     |-- ${address}\n        /32 host LOCAL\nLocal:\n  +-- 0.0.0.0/0 3 0 5\n     |-- ${address}\n        /32 host LOCAL`);
}

/** What the kernel shows of itself after a boot. */
export function writeRunning(files: Files, of: { commandLine: string; bootId: string; iommu: boolean; remapped: boolean }): void {
  const chip = of.remapped ? "IR-PCI-MSI" : "PCI-MSI";
  files.write("/proc/cmdline", of.commandLine);
  files.write("/proc/sys/kernel/random/boot_id", of.bootId);
  files.write("/proc/interrupts", `           CPU0       CPU1\n 24:         91          0   ${chip} 458752-edge      nvme0q0\n 25:          0       1203   ${chip} 524288-edge      eno1`);
  files.write("/sys/kernel/irq/24/chip_name", chip);
  files.write("/proc/modules", ["nvme 57344 2 - Live 0x0000000000000000", "nouveau 2433024 0 - Live 0x0000000000000000", "e1000e 323584 0 - Live 0x0000000000000000", "snd_hda_intel 57344 0 - Live 0x0000000000000000"].join("\n"));
  for (const path of ["/sys/module/vfio", "/sys/module/vfio_pci", "/sys/module/vfio_iommu_type1", "/sys/module/pci_stub", "/dev/vfio"]) files.remove(path);
  files.folder("/dev/vfio");
}
