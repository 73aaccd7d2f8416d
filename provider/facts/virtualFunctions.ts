import type { BridgeBuses, SriovFacts, VgpuFacts, VgpuType, VirtualFunctionFacts } from "./sriovTypes";
import { parsePciAddress, printPciAddress } from "./pciAddress";
import { absent, known, mapReading, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { flag, hexId, integer, lastSegment, linesOf } from "./values";

interface OfFunction {
  readonly sriov?: SriovFacts;
  readonly ariEnabled?: Reading<boolean>;
  readonly vgpu?: VgpuFacts;
  readonly vfioDevice?: true;
  readonly buses?: Reading<BridgeBuses>;
}

/** What a function's directory says of virtual functions; what it has nothing of is left out. */
export function virtualFunctions(snapshot: Snapshot, directory: string): OfFunction {
  const there = (name: string): boolean => snapshot.text(`${directory}/${name}`).kind !== "absent";
  const buses = bridgeBuses(snapshot.bytes(`${directory}/config`));
  return {
    ...(there("sriov_totalvfs") ? { sriov: sriov(snapshot, directory) } : {}),
    ...(there("ari_enabled") ? { ariEnabled: flag(snapshot.text(`${directory}/ari_enabled`), `${directory}/ari_enabled`) } : {}),
    ...(there("nvidia/current_vgpu_type") ? { vgpu: vgpu(snapshot, directory) } : {}),
    ...((known(snapshot.list(`${directory}/vfio-dev`)) ?? []).length > 0 ? { vfioDevice: true } : {}),
    ...(buses.kind === "absent" ? {} : { buses }),
  };
}

function sriov(snapshot: Snapshot, directory: string): SriovFacts {
  const number = (name: string): Reading<number> => integer(snapshot.text(`${directory}/${name}`), `${directory}/${name}`);
  const functions: string[] = [];
  for (let at = 0; at < (known(number("sriov_numvfs")) ?? 0); at++) {
    const link = snapshot.link(`${directory}/virtfn${at}`);
    if (link.kind !== "value") break;
    functions.push(lastSegment(link.value));
  }
  return {
    offset: number("sriov_offset"), stride: number("sriov_stride"),
    vfDevice: vfDevice(snapshot.text(`${directory}/sriov_vf_device`), `${directory}/sriov_vf_device`),
    driversAutoprobe: flag(snapshot.text(`${directory}/sriov_drivers_autoprobe`), `${directory}/sriov_drivers_autoprobe`),
    functions,
  };
}

/** Printed as "%x": leading zeros are not there (drivers/pci/iov.c). */
function vfDevice(reading: Reading<string>, path: string): Reading<string> {
  return hexId(mapReading(reading, (text) => text.trim().replace(/^(?:0x)?([0-9a-f]{1,3})$/i, (_, digits: string) => digits.padStart(4, "0"))), path, 4);
}

function vgpu(snapshot: Snapshot, directory: string): VgpuFacts {
  return {
    currentType: integer(snapshot.text(`${directory}/nvidia/current_vgpu_type`), `${directory}/nvidia/current_vgpu_type`),
    creatableTypes: mapReading(snapshot.text(`${directory}/nvidia/creatable_vgpu_types`), parseCreatableTypes),
  };
}

/** Lines "1428 : NVIDIA H200X-141C"; some releases put a heading above them, and whatever else is there is passed over. */
export function parseCreatableTypes(text: string): VgpuType[] {
  return linesOf(text).flatMap((line) => {
    const match = /^\s*(\d{1,9})\s*:\s*(\S.*?)\s*$/.exec(line);
    return match === null ? [] : [{ id: Number(match[1]), name: match[2] ?? "" }];
  });
}

/** Absent for anything but a PCI-to-PCI bridge. */
export function bridgeBuses(config: Reading<Uint8Array>): Reading<BridgeBuses> {
  if (config.kind !== "value") return absent;
  const [header, secondary, subordinate] = [config.value[0x0e], config.value[0x19], config.value[0x1a]];
  if (header === undefined || (header & 0x7f) !== 1) return absent;
  return secondary === undefined || subordinate === undefined ? unreadable("the config space was cut before the bus numbers") : value({ secondary, subordinate });
}

/**
 * Address of virtual function `at`, from 0 on: routing id of the physical function, plus First VF Offset, plus `at` times VF Stride
 * (drivers/pci/iov.c, pci_iov_virtfn_bus and pci_iov_virtfn_devfn). undefined: beyond the last bus of the domain.
 */
export function virtualFunctionAt(physical: string, offset: number, stride: number, at: number): string | undefined {
  const from = parsePciAddress(physical);
  if (from === undefined) return undefined;
  const id = (from.bus << 8) + (from.device << 3) + from.function + offset + stride * at;
  return id > 0xffff ? undefined : printPciAddress({ domain: from.domain, bus: id >> 8, device: (id >> 3) & 0x1f, function: id & 7 });
}

export function virtualFunctionFacts(snapshot: Snapshot): VirtualFunctionFacts {
  const parameter = "/sys/module/vfio_pci/parameters/enable_sriov";
  return {
    atBoot: snapshot.text("/etc/gpuhost/virtual-functions.conf"),
    sriovManage: (known(snapshot.list("/usr/lib/nvidia")) ?? []).includes("sriov-manage"),
    vfioEnablesSriov: flag(snapshot.text(parameter), parameter),
    systemd: (known(snapshot.list("/etc/systemd")) ?? []).includes("system"),
  };
}
