import { known } from "../../facts/reading";
import { isGpu } from "../card";
import { hostFinding, type Rule } from "../rule";

/** No IOMMU at work: nothing can be given to a guest. Firmware that offers none is another cause than a kernel that uses none. */
export const iommuInactive: Rule = {
  host(facts) {
    if (facts.iommu.state !== "inactive") return [];
    const addresses = facts.pciDevices.filter(isGpu).map((device) => device.address);
    const tables = known(facts.iommu.firmwareTables);
    if (tables?.length === 0) {
      const says = "The firmware describes no IOMMU (no ACPI table DMAR, IVRS or IORT), so the kernel has none and no card can be given to a guest.";
      return [hostFinding("iommu-firmware-off", "refuse", says, "Turn on VT-d, AMD-Vi or SMMU in the firmware setup, then reboot.", addresses)];
    }
    const offered = tables === undefined ? "" : ` although the firmware offers one (${tables.join(", ")})`;
    const remedy = known(facts.system.cpuVendor) === "amd" ? "Remove amd_iommu=off and iommu=off from the kernel command line." : "Boot with intel_iommu=on (Intel), and without iommu=off.";
    return [hostFinding("iommu-inactive", "refuse", `The kernel runs without IOMMU${offered}: no card can be given to a guest.`, remedy, addresses)];
  },
};
