import { describe, expect, test } from "vitest";
import { bootLoader } from "../../provider/facts/bootLoader";
import { printCommandLine } from "../../provider/facts/commandLine";
import { compareVersions } from "../../provider/facts/loaderEntries";
import { known } from "../../provider/facts/reading";
import { TreeSnapshot } from "../../provider/facts/treeSnapshot";

const header = (otherwise: string): string => `
set default="0"
if [ -s $prefix/grubenv ]; then
  load_env
fi
if [ "\${next_entry}" ] ; then
   set default="\${next_entry}"
   set next_entry=
   save_env next_entry
else
   set default="${otherwise}"
fi
function load_video {
  insmod all_video
}`;

const menu = `
menuentry 'Debian GNU/Linux' --class debian $menuentry_id_option 'gnulinux-simple-1' {
	insmod gzio
	if [ x$grub_platform = xxen ]; then insmod xzio; fi
	echo	'Loading Linux 6.1 ...'
	linux	/boot/vmlinuz-6.1 root=UUID=1 ro quiet intel_iommu=on
	initrd	/boot/initrd.img-6.1
}
submenu 'Advanced options' $menuentry_id_option 'gnulinux-advanced-1' {
	menuentry 'Linux 6.1' --class debian $menuentry_id_option 'gnulinux-6.1' {
		linux	/boot/vmlinuz-6.1 root=UUID=1 ro quiet intel_iommu=on
	}
	menuentry 'Linux 6.1 (recovery mode)' $menuentry_id_option 'gnulinux-6.1-recovery' {
		linux	/boot/vmlinuz-6.1 root=UUID=1 ro single
	}
}
menuentry 'Trial' --id gpuhost-trial {
	linux	/boot/vmlinuz-6.1 root=UUID=1 ro pci=noats "dyndbg=file x +p" a='b c'
}`;

const kernel = "root=UUID=1 ro quiet intel_iommu=on";

function withGrub(otherwise: string, environment: string): TreeSnapshot {
  return new TreeSnapshot().addText("/boot/grub/grub.cfg", `${header(otherwise)}${menu}`).addText("/boot/grub/grubenv", `# GRUB Environment Block\n${environment}\n#####`);
}

function next(tree: TreeSnapshot): string | null {
  const args = known(bootLoader(tree, false).nextBoot);
  return args === undefined ? null : printCommandLine(args);
}

describe("what the next boot passes", () => {
  test.each<[string, TreeSnapshot, string | null]>([
    ["the default entry of grub.cfg", withGrub("0", ""), kernel],
    ["an entry of a submenu, by index", withGrub("1>1", ""), "root=UUID=1 ro single"],
    ["an entry of a submenu, by id", withGrub("gnulinux-advanced-1>gnulinux-6.1-recovery", ""), "root=UUID=1 ro single"],
    ["a submenu as a whole is its first entry", withGrub("1", ""), kernel],
    ["an entry by title", withGrub("Trial", ""), 'root=UUID=1 ro pci=noats "dyndbg=file x +p" "a=b c"'],
    ["the saved entry", withGrub("${saved_entry}", "saved_entry=gnulinux-advanced-1>gnulinux-6.1-recovery"), "root=UUID=1 ro single"],
    ["no saved entry is the first", withGrub("${saved_entry}", ""), kernel],
    ["the entry chosen for one boot", withGrub("0", "next_entry=gpuhost-trial"), 'root=UUID=1 ro pci=noats "dyndbg=file x +p" "a=b c"'],
    ["a chosen entry that is not there is the first, silently", withGrub("0", "next_entry=nobody"), kernel],
    ["grub.cfg counts, not what /etc/default/grub says since", withGrub("0", "").addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="new"'), kernel],
    ["without grub.cfg, the defaults: LINUX, then DEFAULT", new TreeSnapshot().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX_DEFAULT="quiet"\nGRUB_CMDLINE_LINUX="a=1"'), "a=1 quiet"],
    ["defaults that set neither", new TreeSnapshot().addText("/etc/default/grub", "GRUB_TIMEOUT=5"), ""],
    ["defaults that stop grub-mkconfig", new TreeSnapshot().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="a'), null],
    ["nothing of a boot loader", new TreeSnapshot().addText("/proc/cmdline", "quiet"), null],
    ["files of grub.d alone are no GRUB", new TreeSnapshot().addText("/etc/default/grub.d/x.cfg", "# nothing"), null],
  ])("%s", (_, tree, expected) => {
    expect(next(tree)).toBe(expected);
  });

  test("grub.d in the order of names, each seeing what came before", () => {
    const tree = new TreeSnapshot()
      .addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="a"')
      .addText("/etc/default/grub.d/20.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX c"')
      .addText("/etc/default/grub.d/10.cfg", 'GRUB_CMDLINE_LINUX="$GRUB_CMDLINE_LINUX b"')
      .addText("/etc/default/grub.d/30.txt", "GRUB_CMDLINE_LINUX=no");
    expect(next(tree)).toBe("a b c");
    expect([...bootLoader(tree, false).facts.grubDefaults.keys()]).toEqual(["/etc/default/grub", "/etc/default/grub.d/10.cfg", "/etc/default/grub.d/20.cfg"]);
  });

  test("our own drop-in: what is kept counts, what is on trial does not, and its code is not evaluated", () => {
    const dropIn = (state: string): string => `# gpuhost: ours\ngpuhost_main() { for x in a b; do :; done; }\n# gpuhost state: ${state}\n# gpuhost should-exist: pci=noats\n# gpuhost should-exist: intel_iommu=on\n# gpuhost should-not-exist: pcie_acs_override=*\n# gpuhost kept-should-exist: iommu=pt`;
    const tree = (state: string): TreeSnapshot =>
      new TreeSnapshot().addText("/etc/default/grub", 'GRUB_CMDLINE_LINUX="pci=realloc pcie_acs_override=downstream"\nGRUB_CMDLINE_LINUX_DEFAULT="quiet"').addText("/etc/default/grub.d/zz-gpuhost.cfg", dropIn(state));
    expect(next(tree("kept"))).toBe("pci=realloc,noats quiet intel_iommu=on");
    expect(next(tree("trial"))).toBe("pci=realloc pcie_acs_override=downstream quiet iommu=pt");
  });
});

describe("boot loader specification entries", () => {
  const entry = (version: string, options: string): string => `title Fedora (${version})\nversion ${version}\nlinux /vmlinuz-${version}\ninitrd /initramfs-${version}.img\noptions ${options}`;

  test("GRUB with blscfg: the newest, or the saved one, with variables of the environment", () => {
    const tree = new TreeSnapshot()
      .addText("/boot/grub2/grub.cfg", 'insmod blscfg\nset default="${saved_entry}"\nblscfg')
      .addText("/boot/grub2/grubenv", "kernelopts=root=/dev/a ro")
      .addText("/boot/loader/entries/id-5.9.1.conf", entry("5.9.1", "$kernelopts old"))
      .addText("/boot/loader/entries/id-5.14.0.conf", entry("5.14.0", "$kernelopts ${tuned_params} iommu=pt"));
    expect(bootLoader(tree, false).facts.kind).toBe("grub-bls");
    expect(next(tree)).toBe("root=/dev/a ro iommu=pt");
    tree.addText("/boot/grub2/grubenv", "kernelopts=root=/dev/a ro\nsaved_entry=id-5.9.1");
    expect(next(tree)).toBe("root=/dev/a ro old");
  });

  test("systemd-boot: the default of loader.conf is a pattern", () => {
    const tree = new TreeSnapshot()
      .addText("/boot/efi/loader/loader.conf", "timeout 3\ndefault debian-5*")
      .addText("/boot/efi/loader/entries/debian-6.1.conf", entry("6.1", "root=/dev/a"))
      .addText("/boot/efi/loader/entries/debian-5.9.conf", "title D\nlinux /v\noptions root=/dev/a\noptions quiet");
    expect(bootLoader(tree, false).facts.kind).toBe("systemd-boot");
    expect(next(tree)).toBe("root=/dev/a quiet");
  });

  test("versions are compared by number", () => {
    expect(["5.9.1", "5.14.0", "5.14.0~rc1", "5.14.0-1"].sort(compareVersions)).toEqual(["5.9.1", "5.14.0~rc1", "5.14.0", "5.14.0-1"]);
  });
});

describe("whether GRUB can write its environment block", () => {
  const mounted = (line: string): TreeSnapshot => new TreeSnapshot().addText("/boot/grub/grub.cfg", menu).addText("/proc/self/mountinfo", line);
  test.each<[string, string, boolean]>([
    ["ext4 on a partition", "29 1 8:1 / / rw - ext4 /dev/sda1 rw", true],
    ["ext4 on LVM", "29 1 254:0 / / rw - ext4 /dev/mapper/vg-root rw", false],
    ["btrfs", "29 1 0:30 /@ / rw - btrfs /dev/sda1 rw", false],
    ["a /boot of its own", "29 1 254:0 / / rw - ext4 /dev/mapper/vg-root rw\n30 29 8:1 / /boot rw - ext4 /dev/sda1 rw", true],
  ])("%s", (_, line, expected) => {
    expect(bootLoader(mounted(line), false).facts.environmentWritable).toEqual({ kind: "value", value: expected });
  });

  test("is not known without mounts", () => {
    expect(bootLoader(withGrub("0", ""), false).facts.environmentWritable.kind).toBe("absent");
  });
});
