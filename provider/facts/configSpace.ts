import type { ConfigSpace } from "./hostFacts";
import { absent, unreadable, value, type Reading } from "./reading";

/** Capability and register numbers: include/uapi/linux/pci_regs.h. */
const capability = { pcie: 0x10, advancedFeatures: 0x13 } as const;
const extended = { acs: 0x0d, ats: 0x0f, sriov: 0x10 } as const;
const headerBytes = 64;
const standardBytes = 256;
/** No list is longer than its space divided by its smallest member. */
const longestList = 48;
const longestExtendedList = 960;

const beyondHeader = unreadable("only the first 64 bytes of the config space were read");
const beyondStandard = unreadable("the extended config space was not read");

/** What a function's config space says, as far as it was read. Never fails: hardware may say anything, all ones when it is dead. */
export function parseConfigSpace(bytes: Uint8Array): ConfigSpace {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const allOnes = bytes.length >= 4 && bytes.subarray(0, Math.min(bytes.length, headerBytes)).every((byte) => byte === 0xff);
  const header = bytes.length > 0x0e ? value((bytes[0x0e] ?? 0) & 0x7f) : unreadable("the config space was cut before the header type");
  const nothing = { readBytes: bytes.length, headerType: header, allOnes };
  if (allOnes || bytes.length < headerBytes) {
    const why = allOnes ? unreadable("the function does not answer: every byte reads as ff") : beyondHeader;
    return { ...nothing, headerType: allOnes ? why : header, multifunction: why, pcieType: why, flr: why, acs: why, ats: why, sriov: why };
  }
  const standard = standardCapabilities(view);
  const beyond = extendedCapabilities(view, standard);
  return {
    ...nothing,
    multifunction: value(((bytes[0x0e] ?? 0) & 0x80) !== 0),
    pcieType: pcieType(view, standard),
    flr: functionLevelReset(view, standard),
    acs: field(beyond, extended.acs, hasWideAcs(view) ? 12 : 8, (at) => ({ capability: view.getUint16(at + 4, true), control: view.getUint16(at + (hasWideAcs(view) ? 8 : 6), true) }), view),
    ats: field(beyond, extended.ats, 8, (at) => ({ enabled: (view.getUint16(at + 6, true) & 0x8000) !== 0 }), view),
    sriov: field(beyond, extended.sriov, 0x12, (at) => virtualFunctions(view, at), view),
  };
}

const wideAcsPorts = [[0x9d10, 0x9d1b], [0xa110, 0xa11f], [0xa167, 0xa16a], [0xa290, 0xa29f], [0xa2e7, 0xa2ee]] as const;

/** Root ports of Intel's 100 and 200 series chipsets have ACS registers of four bytes instead of two (drivers/pci/quirks.c, pci_quirk_intel_spt_pch_acs). */
function hasWideAcs(view: DataView): boolean {
  const id = view.getUint16(2, true);
  return view.getUint16(0, true) === 0x8086 && wideAcsPorts.some(([from, to]) => from <= id && id <= to);
}

type Capabilities = Reading<ReadonlyMap<number, number>>;

/** id -> offset. Absent when the device has no list; unreadable when the list leaves what was read. */
function standardCapabilities(view: DataView): Capabilities {
  const found = new Map<number, number>();
  if ((view.getUint16(0x06, true) & 0x10) === 0) return value(found);
  let at = view.getUint8(0x34) & 0xfc;
  for (let steps = 0; at >= 0x40 && steps < longestList; steps++) {
    if (at + 2 > view.byteLength) return beyondHeader;
    const id = view.getUint8(at);
    if (id === 0xff) break;
    if (!found.has(id)) found.set(id, at);
    at = view.getUint8(at + 1) & 0xfc;
  }
  return value(found);
}

function extendedCapabilities(view: DataView, standard: Capabilities): Capabilities {
  const found = new Map<number, number>();
  if (standard.kind !== "value") return standard;
  // Conventional PCI has no extended space.
  if (!standard.value.has(capability.pcie) && view.byteLength >= standardBytes) return value(found);
  if (view.byteLength <= standardBytes) return beyondStandard;
  let at = standardBytes;
  for (let steps = 0; at >= standardBytes && steps < longestExtendedList; steps++) {
    if (at + 4 > view.byteLength) return beyondStandard;
    const head = view.getUint32(at, true);
    if (head === 0 || head === 0xffffffff) break;
    const id = head & 0xffff;
    if (!found.has(id)) found.set(id, at);
    at = (head >>> 20) & 0xffc;
  }
  return value(found);
}

function field<T>(capabilities: Capabilities, id: number, length: number, read: (at: number) => T, view: DataView): Reading<T> {
  if (capabilities.kind !== "value") return capabilities.kind === "absent" ? absent : capabilities;
  const at = capabilities.value.get(id);
  if (at === undefined) return absent;
  return at + length <= view.byteLength ? value(read(at)) : beyondStandard;
}

function pcieType(view: DataView, standard: Capabilities): Reading<number> {
  return field(standard, capability.pcie, 4, (at) => (view.getUint16(at + 2, true) >> 4) & 0xf, view);
}

/** PCIe Device Capabilities bit 28, or the Advanced Features capability's bit 1. */
function functionLevelReset(view: DataView, standard: Capabilities): Reading<boolean> {
  const pcie = field(standard, capability.pcie, 8, (at) => (view.getUint32(at + 4, true) & 0x10000000) !== 0, view);
  if (pcie.kind === "unreadable" || (pcie.kind === "value" && pcie.value)) return pcie;
  const advanced = field(standard, capability.advancedFeatures, 4, (at) => (view.getUint8(at + 3) & 0x02) !== 0, view);
  return advanced.kind === "absent" ? value(false) : advanced;
}

function virtualFunctions(view: DataView, at: number): { enabled: boolean; totalVfs: number; numVfs: number } {
  return { enabled: (view.getUint16(at + 8, true) & 1) !== 0, totalVfs: view.getUint16(at + 0x0e, true), numVfs: view.getUint16(at + 0x10, true) };
}
