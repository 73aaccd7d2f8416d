import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import type { Ground } from "./mode";

/** A virtual function of NVIDIA's is nothing before it has a type: by its own directory `nvidia`, or by mediated devices on it. */
export function typesOf(functions: readonly PciDevice[], facts: HostFacts): Ground[] {
  const vgpu = functions.flatMap((each) => each.vgpu ?? []);
  if (vgpu.length > 0) {
    const managed: Ground = ["evidence", "vendor-specific VFIO: the functions stay on NVIDIA's driver (managed=no in device_spec), and a guest needs a licence"];
    if (vgpu.some(({ currentType }) => (known(currentType) ?? 0) > 0)) return [managed];
    if (vgpu.some(({ currentType }) => currentType.kind !== "value")) return [["unknown", "which vGPU types its virtual functions have was not read"]];
    return [["after", "a vGPU type on its virtual functions (nvidia/current_vgpu_type)"], managed];
  }
  const parents = facts.mdev?.parents;
  if (parents?.kind === "value" && parents.value.some(({ address }) => functions.some((each) => each.address === known(address)))) {
    return [["impossible", "its virtual functions get their types as mediated devices on this kernel: see mdev"]];
  }
  return [["unknown", "its virtual functions have neither a directory nvidia nor mediated devices: whether NVIDIA's vGPU manager runs is not known"]];
}
