/**
 * What every row reads of a host, as shell for the rows that take shell; ours is provider/host/probes, which reads all of this and more.
 * Every glob here is one that the reading script has, too.
 */
export const reads: Readonly<Record<string, string>> = {
  arguments: "cat proc/cmdline",
  release: "cat etc/os-release",
  grub: "cat etc/default/grub etc/default/grub.d/*.cfg",
  entries: "grep -E '^[[:space:]]*(menuentry|linux|initrd)' boot/grub/grub.cfg",
  modprobe: "cat etc/modprobe.d/*.conf",
  modules: "cat proc/modules",
  functions: "grep -H '' sys/bus/pci/devices/*/vendor sys/bus/pci/devices/*/device sys/bus/pci/devices/*/class sys/bus/pci/devices/*/reset_method sys/bus/pci/devices/*/driver_override",
  drivers: "ls -l sys/bus/pci/devices/*/driver",
  groups: "ls -l sys/bus/pci/devices/*/iommu_group; grep -H '' sys/kernel/iommu_groups/*/type",
  configuration: "head -c 64 sys/bus/pci/devices/*/config | base64",
  nova: "cat etc/nova/nova.conf",
};

/** One command that reads it all below a tree; what is not there on a host is no failure. */
export const inOneCommand = (tree: string): string =>
  [`cd ${tree} || exit 3`, ...Object.entries(reads).map(([name, command]) => `echo "== ${name}"; { ${command}; } 2>/dev/null`), "true"].join("\n");
