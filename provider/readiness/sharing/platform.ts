import type { HostFacts, PlatformGpu } from "../../facts/hostFacts";
import { known } from "../../facts/reading";
import { offered } from "./mdev";
import { modeOf, type ModeReport } from "./mode";
import { paravirtual } from "./paravirtual";

/** A GPU that is no PCI function. The shape is an element of `platformGpus` of `gpuhost inspect --json`. */
export interface PlatformGpuReport {
  readonly name: string;
  readonly driver: string | null;
  /** What its driver, else the device tree, calls it. */
  readonly model: string;
  readonly modes: readonly ModeReport[];
}

/** Blocks of a GPU that is cut into partitions (Arm's arbitration drivers: mali_gpu_power, mali_gpu_resource_group, ...). */
const blocks: ReadonlySet<string> = new Set([
  "arm,mali-ptm", "arm,mali-gpu-power", "arm,mali-gpu-system", "arm,mali-gpu-assign", "arm,mali-gpu-resource-group", "arm,mali-gpu-partition-config", "arm,mali-gpu-partition-control", "arm,mali-gpu-aw-message",
]);

export function platformGpus(facts: HostFacts): PlatformGpuReport[] {
  const all = facts.graphics === undefined ? [] : (known(facts.graphics.platformGpus) ?? []);
  const whole = all.filter((gpu) => !isBlock(gpu));
  const cut = all.length > whole.length;
  // Where the GPU itself belongs to somebody else's guest, its blocks are all that is seen of it.
  return (whole.length > 0 ? whole : all).map((gpu) => {
    const driver = known(gpu.driver);
    return { name: gpu.name, driver: driver ?? null, model: modelOf(gpu), modes: [passthroughOf(gpu), sriovOf(gpu, cut), mdevOf(gpu, facts), paravirtual(gpu.name, driver, facts)] };
  });
}

function modelOf({ model, compatible }: PlatformGpu): string {
  return /\S+/.exec(known(model) ?? "")?.[0] ?? compatible[0] ?? "not known";
}

function isBlock(gpu: PlatformGpu): boolean {
  return gpu.compatible.some((name) => blocks.has(name));
}

/** Nova gives what libvirt lists as PCI functions and mediated devices (nova/virt/libvirt/driver.py, _get_pci_passthrough_devices, _get_mdev_capable_devices). */
function passthroughOf(gpu: PlatformGpu): ModeReport {
  return modeOf("passthrough", [["impossible", "a platform device, not on PCI: Nova gives guests PCI functions and mediated devices only"], ["evidence", `driver ${known(gpu.driver) ?? "none"}`]]);
}

function sriovOf(gpu: PlatformGpu, cut: boolean): ModeReport {
  const why = cut || modelOf(gpu) === "Mali-G78AE"
    ? "its partitions (Mali-G78AE) are platform devices that firmware or a hypervisor of its own hands out; they are no virtual functions, and neither KVM nor Nova has a way to give one"
    : "SR-IOV is a capability of PCI, and this is no PCI device";
  return modeOf("sriov", [["impossible", why]]);
}

function mdevOf(gpu: PlatformGpu, { mdev }: HostFacts): ModeReport {
  const parents = mdev?.parents;
  if (parents === undefined || parents.kind === "unreadable") return modeOf("mdev", [["unknown", "what offers mediated devices was not read"]]);
  const own = (known(parents) ?? []).filter(({ name }) => name === gpu.name);
  return modeOf("mdev", own.length > 0 ? offered(own) : [["impossible", `no driver offers mediated devices on it (driver ${known(gpu.driver) ?? "none"})`]]);
}
