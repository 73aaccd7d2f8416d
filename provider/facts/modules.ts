import type { InitramfsFacts, ModuleFacts, PciAlias } from "./hostFacts";
import { modprobeFacts } from "./modprobe";
import { known, mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { integer, linesOf, malformed } from "./values";
import { absent } from "./reading";

export function moduleFacts(snapshot: Snapshot): ModuleFacts {
  const directory = moduleDirectory(snapshot);
  const inDirectory = (name: string): Reading<string> => (directory === undefined ? absent : snapshot.text(`${directory}/${name}`));
  return {
    loaded: mapReading(snapshot.text("/proc/modules"), (text) => new Set(linesOf(text).map((line) => line.slice(0, line.indexOf(" "))))),
    builtin: mapReading(inDirectory("modules.builtin"), (text) => new Set(linesOf(text).map(moduleOfPath))),
    vfioAliases: mapReading(inDirectory("modules.alias"), (text) => new Map(linesOf(text).filter((line) => line.startsWith("alias vfio_pci:")).map(alias))),
    pciAliases: pciAliases(snapshot),
    modprobe: modprobeFacts(snapshot),
  };
}

/** Of the running kernel; in a recording without its release, the only one there is. */
function moduleDirectory(snapshot: Snapshot): string | undefined {
  const release = known(snapshot.text("/proc/sys/kernel/osrelease"));
  if (release !== undefined && release !== "") return `/lib/modules/${release}`;
  const releases = known(snapshot.list("/lib/modules")) ?? [];
  return releases.length === 1 ? `/lib/modules/${releases[0]}` : undefined;
}

/** "kernel/drivers/vfio/pci/vfio-pci.ko" -> "vfio_pci" (modules.builtin(5)). */
function moduleOfPath(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1).replace(/\.ko.*$/, "").replaceAll("-", "_");
}

/** "alias vfio_pci:v000015B3d... mlx5_vfio_pci" (modules.alias(5)). */
function alias(line: string): [string, string] {
  const [word, pattern, module] = line.split(/\s+/);
  if (word !== "alias" || pattern === undefined || module === undefined) throw malformed("modules.alias", line, '"alias PATTERN MODULE"');
  return [pattern, module.replaceAll("-", "_")];
}

function pciAliases(snapshot: Snapshot): PciAlias[] {
  return (known(snapshot.list("/lib/modules")) ?? []).flatMap((kernel) => {
    const lines = linesOf(known(snapshot.text(`/lib/modules/${kernel}/modules.alias`)) ?? "").filter((line) => line.startsWith("alias pci:"));
    return lines.map(alias).map(([pattern, module]) => ({ kernel, pattern, module }));
  });
}

export function initramfsFacts(snapshot: Snapshot): InitramfsFacts {
  return {
    tool: initramfsTool(snapshot),
    images: (known(snapshot.list("/boot")) ?? []).map(imageRelease).filter((release) => release !== undefined),
    freeBootBytes: freeBytes(snapshot.answer("boot-free")),
  };
}

/**
 * Debian's dracut leaves initramfs-tools-core (mkinitramfs) behind, and initramfs-tools leaves dracut-core (dracut): where both programs are
 * there, the one counts that kernels' updates call. That is update-initramfs, unless the package dracut is installed, which may bring its own.
 */
function initramfsTool(snapshot: Snapshot): InitramfsFacts["tool"] {
  const names = (folder: string): readonly string[] => known(snapshot.list(folder)) ?? [];
  const sbin = names("/usr/sbin");
  const dracut = sbin.includes("dracut") || names("/usr/bin").includes("dracut");
  if (!sbin.includes("mkinitramfs")) return dracut ? "dracut" : "unknown";
  const updates = sbin.includes("update-initramfs") && !names("/var/lib/dpkg/info").includes("dracut.md5sums");
  return dracut && !updates ? "dracut" : "initramfs-tools";
}

/** initrd.img-RELEASE (Debian), initramfs-RELEASE.img (RHEL, Arch); rescue and kdump images boot nothing of ours. */
function imageRelease(name: string): string | undefined {
  const match = /^initrd\.img-(.+)$/.exec(name) ?? /^initramfs-(.+)\.img$/.exec(name) ?? /^initrd-(.+)$/.exec(name);
  const release = match?.[1];
  return release === undefined || /rescue|kdump|fallback|\.(bak|old|new|dpkg|tmp)/.test(release) ? undefined : release;
}

/** Last line of `df -Pk`: device, blocks, used, available, capacity, mount point. */
function freeBytes(answer: Reading<string>): Reading<number> {
  if (answer.kind !== "value") return answer;
  const blocks = linesOf(answer.value).at(-1)?.trim().split(/\s+/).at(-3);
  if (blocks === undefined || blocks === "") return absent;
  return mapReading(integer({ kind: "value", value: blocks }, "df -Pk boot"), (kibibytes) => kibibytes * 1024);
}
