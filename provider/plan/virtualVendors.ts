import type { HostFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { PlannedPhysical } from "./virtualWish";

/** What a vendor's driver needs before the number of virtual functions means anything. */
export function vendorFindings(facts: HostFacts, planned: PlannedPhysical): Finding[] {
  const { wish, driver, device } = planned;
  if (wish.count === 0 || driver === null) return [];
  const gpu = /^(03|12)/.test(known(device.class) ?? "");
  const vendor = known(device.vendor);
  if (driver === "vfio-pci" || driver === "pci-stub") return ofVfio(facts, planned);
  return [
    ...(driver === "nvidia" ? ofNvidia(planned) : []),
    ...(gpu && vendor === "1002" && driver !== "gim" ? ofAmd(planned) : []),
    ...(gpu && vendor === "8086" ? ofIntel(planned) : []),
    ...types(planned),
  ];
}

function finding(rule: string, severity: Finding["severity"], address: string, says: string, remedy: string): Finding {
  return { rule, severity, addresses: [address], says, remedy };
}

/** drivers/vfio/pci/vfio_pci.c, parameter enable_sriov; a guest then needs the token of the physical function's user. */
function ofVfio(facts: HostFacts, { wish: { address }, driver }: PlannedPhysical): Finding[] {
  if (driver === "vfio-pci") {
    if (facts.virtualFunctions !== undefined && known(facts.virtualFunctions.vfioEnablesSriov) === true) {
      return [finding("physical-function-on-vfio", "warn", address, `${address} is on vfio-pci with enable_sriov: its virtual functions open only with the token (vf_token) of whoever has the physical one, which libvirt and Nova do not pass.`, "Leave the physical function on its host driver.")];
    }
    return [finding("physical-function-on-vfio", "refuse", address, `${address} is on vfio-pci, which makes no virtual functions (its parameter enable_sriov is off).`, "Take the card out of VfioBinding: the physical function stays on its host driver, and the virtual ones go to guests.")];
  }
  return [finding("physical-function-on-vfio", "refuse", address, `${address} is on pci-stub, which makes no virtual functions.`, "Give it its host driver, or pci-pf-stub where it needs none.")];
}

/** /usr/lib/nvidia/sriov-manage: NVIDIA's vGPU guide for Linux with KVM. */
function ofNvidia({ wish, by, device, remade }: PlannedPhysical): Finding[] {
  const { address, count, driver } = wish;
  if (by === "kernel") {
    return remade ? [finding("sriov-manage-missing", "refuse", address, `${address} is on NVIDIA's driver, whose virtual functions /usr/lib/nvidia/sriov-manage turns on, and that is not there: this is not the driver for vGPU hosts.`, "Install NVIDIA's vGPU host driver (vGPU manager), then preview again.")] : [];
  }
  const total = known(device.totalVfs);
  return [
    ...(total !== undefined && count !== total ? [finding("sriov-manage-all", "refuse", address, `sriov-manage turns all ${total} virtual functions of ${address} on, and ${count} are asked for.`, `Ask for ${total}: one without a type costs nothing and goes to no guest.`)] : []),
    ...(driver === "host" ? [] : [finding("vgpu-driver", "refuse", address, `Virtual functions of ${address} are served by NVIDIA's own driver on the host, and ${driver} is asked for.`, 'Say driver: "host".')]),
  ];
}

/** AMD's MxGPU: amdgpu makes none. */
function ofAmd({ wish: { address }, driver }: PlannedPhysical): Finding[] {
  return [finding("mxgpu-without-gim", "refuse", address, `${address} is on ${driver ?? "no driver"}, and virtual functions of AMD's cards are made by gim (MxGPU) only.`, "Install AMD's gim for this kernel and have it take the card (amdgpu must not), then preview again.")];
}

/** xe has sriov_configure from 6.12 on (drivers/gpu/drm/xe/xe_pci_sriov.c); i915 of the mainline kernel has none. */
function ofIntel({ wish: { address }, driver }: PlannedPhysical): Finding[] {
  if (driver === "xe") return [finding("intel-xe", "note", address, `${address} is on xe: virtual functions need kernel 6.12 or later, and firmware that offers them; what a guest gets of memory is set by xe itself, in equal parts.`, "Nothing, if that is meant.")];
  if (driver === "i915") return [finding("intel-i915", "warn", address, `${address} is on i915: the one of the mainline kernel makes no virtual functions, only Intel's out-of-tree build (i915-sriov-dkms) does, with i915.enable_guc=3 and i915.max_vfs.`, "Where the number is refused by the kernel, install that build or use xe.")];
  return [finding("intel-driver", "refuse", address, `${address} is on ${driver ?? "no driver"}; virtual functions of Intel's graphics are made by xe, or by Intel's build of i915.`, "Give it xe.")];
}

/** Only where its files are there, and of functions that are there, can a type be looked at beforehand. */
function types({ wish, virtual, remade, typed }: PlannedPhysical): Finding[] {
  if (!typed || remade) return [];
  const without = virtual.filter((each) => each.vgpu === undefined).map((each) => each.address);
  if (without.length > 0) return [finding("vgpu-no-types", "refuse", wish.address, `${without.join(", ")} have no nvidia/current_vgpu_type: this host's NVIDIA driver gives types by mediated devices, or is no vGPU host driver.`, "Use MediatedDevices, or a host kernel and driver with vendor-specific VFIO.")];
  return (wish.vgpuTypes ?? []).flatMap((type, at): Finding[] => {
    const vf = virtual[at];
    if (vf?.vgpu === undefined) return [];
    const [now, creatable] = [known(vf.vgpu.currentType), known(vf.vgpu.creatableTypes)];
    if (type === 0 || now === type || now !== 0 || creatable === undefined || creatable.some((each) => each.id === type)) return [];
    const offered = creatable.map((each) => `${each.id} (${each.name})`).join(", ");
    return [finding("vgpu-type-not-offered", "refuse", wish.address, `${vf.address} does not offer the vGPU type ${type} now; it offers ${offered === "" ? "none" : offered}.`, "Ask for one that it offers; types that are in use on the same card limit the others.")];
  });
}
