import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";

const usual = "Look at `gpuhost inspect` and at /sys/class/mdev_bus: a parent is there once its driver offers types.";

/** Why this function makes no mediated devices, as far as its maker's ways are known. */
export function noParentRemedy(facts: HostFacts, name: string): string {
  const device = facts.pciDevices.find(({ address }) => address === name);
  if (device === undefined) return usual;
  const driver = known(device.driver);
  if (driver === "vfio-pci") return `${name} is on vfio-pci, so the whole card goes to one guest. Take it out of the binding and let its own driver have it; a card is either passed through or shared.`;
  switch (known(device.vendor)) {
    case "10de":
      return nvidia(facts, device);
    case "8086":
      return intel(facts, driver);
    default:
      return usual;
  }
}

/** NVIDIA's vGPU manager makes types only with its own host driver; on kernels with vendor-specific VFIO it makes no mediated devices at all. */
function nvidia(facts: HostFacts, device: PciDevice): string {
  const vendor = facts.mdev?.vendorVfio ?? [];
  const own = vendor.filter((address) => address === device.address || facts.pciDevices.some((one) => one.address === address && known(one.physicalFunction) === device.address));
  if (own.length > 0) {
    return `NVIDIA's driver on this kernel gives types to virtual functions by vendor-specific VFIO (${own[0]}/nvidia/current_vgpu_type), and makes no mediated devices there: use VirtualFunctions, and offer the functions with NovaPci (managed: false).`;
  }
  const vgpu = known(device.driver) === "nvidia" ? "The driver nvidia has it, but its vGPU manager (nvidia-vgpu-mgr, nvidia_vgpu_vfio) offers no type"
    : `Mediated devices of NVIDIA's need the vGPU host driver of the vGPU software; on it is ${known(device.driver) ?? "no driver"}`;
  const split = (known(device.totalVfs) ?? 0) > 0 ? " Cards from Ampere on offer types on their virtual functions only: turn those on first (VirtualFunctions), and name them as parents." : "";
  return `${vgpu}: a card must be one that the vGPU software supports, and in its vGPU mode.${split} From kernel 6.8 or so (Ubuntu 24.04, RHEL 10) there are no mediated devices of NVIDIA's at all, and virtual functions take their place.`;
}

/** drivers/gpu/drm/i915/gvt: needs the parameter and the module kvmgt, and knows graphics of Broadwell to Comet Lake only. */
function intel(facts: HostFacts, driver: string | undefined): string {
  const parameter = facts.mdev?.gvt ?? { kind: "absent" };
  const state = parameter.kind === "absent" ? "i915 is not loaded here, or was built without GVT-g (newer distributions leave it out)"
    : parameter.kind === "unreadable" ? `whether i915 has enable_gvt could not be read (${parameter.reason})`
      : parameter.value ? "i915.enable_gvt is on, and the module kvmgt may be missing" : "i915.enable_gvt is off";
  return `GVT-g is the only way of Intel's to make mediated devices: ${state}. It needs i915.enable_gvt=1 among the kernel arguments (KernelArguments), the module kvmgt, and graphics from Broadwell to Comet Lake; later ones have SR-IOV instead (VirtualFunctions). The driver is ${driver ?? "none"}.`;
}
