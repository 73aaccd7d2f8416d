import type { VfioFacts } from "./hostFacts";
import { known, mapReading, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { firstOf, flag } from "./values";

/** Device nodes, the driver and the module parameters that weaken it (Documentation/driver-api/vfio.rst). */
export function vfioFacts(snapshot: Snapshot): VfioFacts {
  const nodes = snapshot.list("/dev/vfio");
  const noIommuNode = (known(nodes) ?? []).some((name) => name.startsWith("noiommu-"));
  return {
    nodes,
    allowUnsafeInterrupts: either(
      parameter(snapshot, "/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts"),
      parameter(snapshot, "/sys/module/iommufd/parameters/allow_unsafe_interrupts"),
    ),
    noIommuMode: noIommuNode ? value(true) : parameter(snapshot, "/sys/module/vfio/parameters/enable_unsafe_noiommu_mode"),
    driverPresent: mapReading(snapshot.list("/sys/bus/pci/drivers"), (drivers) => drivers.includes("vfio-pci")),
  };
}

function parameter(snapshot: Snapshot, path: string): Reading<boolean> {
  return flag(snapshot.text(path), path);
}

function either(a: Reading<boolean>, b: Reading<boolean>): Reading<boolean> {
  if (known(a) === true || known(b) === true) return value(true);
  return [a, b].find((reading) => reading.kind === "unreadable") ?? firstOf(a, b);
}
