import { known } from "../../facts/reading";
import { hostFinding, type Rule } from "../rule";

/** Without interrupt remapping a guest's device can send any interrupt to the host (drivers/vfio/vfio_iommu_type1.c). */
export const unsafeInterrupts: Rule = {
  host(facts) {
    if (known(facts.vfio.allowUnsafeInterrupts) === true) {
      const says = "The module parameter allow_unsafe_interrupts is on: VFIO would give cards to guests that can inject interrupts into the host.";
      return [hostFinding("unsafe-interrupts", "refuse", says, "Remove allow_unsafe_interrupts from modprobe.d and the kernel command line, then reboot.")];
    }
    // Without IOMMU there is nothing to remap, and that is said elsewhere.
    if (facts.iommu.state !== "active" || facts.iommu.interruptRemapping !== "not-remapped") return [];
    const says = "No interrupt chip of the host is behind a remapping unit (none is named IR-...): guests could inject interrupts, and VFIO refuses.";
    return [hostFinding("unsafe-interrupts", "refuse", says, "Turn on interrupt remapping (x2APIC) in the firmware setup, and remove intremap=off and nointremap from the kernel command line.")];
  },
};
