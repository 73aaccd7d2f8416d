import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { KnownDevice } from "../deviceKnowledge";
import { kernelAtLeast } from "../kernelRelease";
import { consumerCard } from "./consumerCards";
import type { Ground } from "./mode";

/** Models that releases of AMD's gim for kernels of today name (MxGPU-Virtualization, 9.2 to 9.4). */
const gimModels = new Set(["740f", "74a1", "74a5", "7460", "75a0", "75a3", "75a8"]);

export function driverOf(device: PciDevice): string {
  return known(device.driver) ?? (device.driver.kind === "absent" ? "none" : "not read");
}

/** Which driver makes virtual functions of a card that guests can use, and what of the host it needs. */
export function driverForFunctions(device: PciDevice, facts: HostFacts, model: KnownDevice | undefined): Ground[] {
  if (device.driver.kind === "unreadable") return [["unknown", "its driver was not read"]];
  const vendor = known(device.vendor);
  if (vendor === undefined || device.device.kind !== "value") return [["unknown", "its ids were not read"]];
  const own: Readonly<Record<string, (of: PciDevice, on: HostFacts, known: KnownDevice | undefined) => Ground[]>> = { "10de": nvidia, "1002": amd, "8086": intel };
  return own[vendor]?.(device, facts, model) ?? [["unknown", "no driver that makes virtual functions for guests is known here for this vendor"]];
}

/** Modules and files that only NVIDIA's vGPU manager brings. */
export function hasVgpuHostDriver(device: PciDevice, facts: HostFacts): boolean {
  const loaded = known(facts.modules.loaded)?.has("nvidia_vgpu_vfio") === true;
  return known(device.driver) === "nvidia" && (loaded || facts.virtualFunctions?.sriovManage === true);
}

export function vgpuHostDriver(device: PciDevice, facts: HostFacts): Ground[] {
  const licence: Ground = ["evidence", "guests need an NVIDIA vGPU licence, and a way from their network to its server"];
  if (hasVgpuHostDriver(device, facts)) return [licence];
  return [["after", `NVIDIA's vGPU host driver on the card (now: ${known(device.driver) === "nvidia" ? "nvidia without the vGPU manager" : driverOf(device)})`], licence];
}

/** What keeps a model from NVIDIA's vGPU, whatever the host has. */
export function vgpuModel(device: PciDevice, model: KnownDevice | undefined, mode: "sriov" | "mdev"): Ground[] {
  if (model?.sharing?.includes(mode) === true) return [];
  const consumer = consumerCard(device);
  if (model?.sharing !== undefined) return [["impossible", `the model (${model.name ?? "in the policy"}) is not shared this way`]];
  if (consumer !== undefined) return [["impossible", `a consumer card (${consumer}): NVIDIA's vGPU software is not for it`]];
  return [["unknown", "the model is not among those known here for NVIDIA's vGPU; devices of a policy may say that it is (sharing)"]];
}

function nvidia(device: PciDevice, facts: HostFacts, model: KnownDevice | undefined): Ground[] {
  const newer = (facts.mdev?.vendorVfio ?? []).length > 0 ? true : kernelAtLeast(facts, 6, 8);
  const kernel: Ground[] = newer === undefined ? [["unknown", "the kernel's release was not read"]]
    : newer ? [["after", "a vGPU type on each (nvidia/current_vgpu_type)"]] : [["after", "a kernel with vendor-specific VFIO (about 6.8 on: Ubuntu 24.04, RHEL 10); on this one types are mediated devices, see mdev"]];
  return [...vgpuModel(device, model, "sriov"), ...vgpuHostDriver(device, facts), ...kernel];
}

function amd(device: PciDevice, _: HostFacts, model: KnownDevice | undefined): Ground[] {
  const driver = known(device.driver);
  const onGim: Ground[] = driver === "gim" ? [] : [["after", `AMD's gim on the card (now: ${driverOf(device)})`]];
  if (driver === "gim" || gimModels.has(known(device.device) ?? "")) return onGim;
  if (consumerCard(device) !== undefined) return [["impossible", `a consumer card (${consumerCard(device)}): AMD's gim is not for it`]];
  if (model?.sharing !== undefined && !model.sharing.includes("sriov")) return [["impossible", `the model (${model.name ?? "in the policy"}) is not shared this way`]];
  return [["unknown", "releases of AMD's gim for kernels of today do not name this model; older cards need an older gim and the kernel of its time"]];
}

/** In 6.12 only xe has sriov_configure; i915 has it in Intel's own out-of-tree build (drivers/gpu/drm/xe/xe_pci_sriov.c). */
function intel(device: PciDevice): Ground[] {
  const driver = known(device.driver);
  if (driver === "xe") return [];
  return [["after", driver === "i915" ? "xe in place of the kernel's i915, which makes none (Intel's own build of i915 does)" : `xe on the card (now: ${driverOf(device)})`]];
}
