import type { HostIdentity, SystemFacts } from "./hostFacts";
import { absent, known, mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { integer, linesOf, malformed, nonEmpty } from "./values";

export function hostIdentity(snapshot: Snapshot, hostKey: Reading<string>): HostIdentity {
  return {
    dmiUuid: mapReading(nonEmpty(snapshot.text("/sys/class/dmi/id/product_uuid")), (uuid) => uuid.toLowerCase()),
    machineId: nonEmpty(snapshot.text("/etc/machine-id")),
    hostKey,
  };
}

export function systemFacts(snapshot: Snapshot): SystemFacts {
  return {
    hostname: nonEmpty(snapshot.text("/proc/sys/kernel/hostname")),
    osRelease: mapReading(snapshot.text("/etc/os-release"), osRelease),
    kernelRelease: nonEmpty(snapshot.text("/proc/sys/kernel/osrelease")),
    bootId: nonEmpty(snapshot.text("/proc/sys/kernel/random/boot_id")),
    cpuVendor: cpuVendor(snapshot.text("/proc/cpuinfo")),
    physicalAddressBits: physicalAddressBits(snapshot.text("/proc/cpuinfo")),
    architecture: nonEmpty(snapshot.answer("architecture")),
    lockdown: mapReading(snapshot.text("/sys/kernel/security/lockdown"), lockdown),
    userId: integer(nonEmpty(snapshot.answer("user-id")), "the user id"),
    ostree: (known(snapshot.list("/run")) ?? []).includes("ostree-booted"),
  };
}

/** os-release(5): shell-like assignments. */
function osRelease(text: string): { id: string; idLike: string[]; versionId: string; prettyName: string } {
  const fields = new Map<string, string>();
  for (const line of linesOf(text)) {
    const match = /^([A-Z0-9_]+)=(?:"((?:[^"\\]|\\.)*)"|'([^']*)'|(\S*))\s*$/.exec(line);
    if (match?.[1] !== undefined) fields.set(match[1], match[2]?.replace(/\\(.)/g, "$1") ?? match[3] ?? match[4] ?? "");
  }
  const id = fields.get("ID") ?? "linux";
  return {
    id,
    idLike: (fields.get("ID_LIKE") ?? "").split(" ").filter((word) => word !== ""),
    versionId: fields.get("VERSION_ID") ?? "",
    prettyName: fields.get("PRETTY_NAME") ?? id,
  };
}

function cpuVendor(cpuinfo: Reading<string>): SystemFacts["cpuVendor"] {
  if (cpuinfo.kind !== "value") return cpuinfo;
  const match = /^vendor_id\s*:\s*(\S+)/m.exec(cpuinfo.value);
  if (match === null) return absent;
  return { kind: "value", value: match[1] === "GenuineIntel" ? "intel" : match[1] === "AuthenticAMD" ? "amd" : "other" };
}

/** "address sizes	: 46 bits physical, 48 bits virtual" (arch/x86/kernel/cpu/proc.c). */
function physicalAddressBits(cpuinfo: Reading<string>): Reading<number> {
  if (cpuinfo.kind !== "value") return cpuinfo;
  const bits = /^address sizes\s*:\s*(\d+) bits physical/m.exec(cpuinfo.value)?.[1];
  return bits === undefined ? absent : { kind: "value", value: Number(bits) };
}

/** "none [integrity] confidentiality" (security/lockdown/lockdown.c). */
function lockdown(text: string): "none" | "integrity" | "confidentiality" {
  const chosen = /\[(none|integrity|confidentiality)\]/.exec(text)?.[1];
  if (chosen === "none" || chosen === "integrity" || chosen === "confidentiality") return chosen;
  throw malformed("/sys/kernel/security/lockdown", text, "one of none, integrity, confidentiality in brackets");
}
