import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { isBridge } from "../readiness/card";
import type { KnownDevices } from "../readiness/deviceKnowledge";
import type { GpuReport } from "../readiness/finding";
import { isNvSwitch, knownDevice } from "../readiness/knownDevices";
import { kindOf } from "./kind";
import type { FunctionModel, Role } from "./model";
import { acsOf } from "./portAcs";

/** Every PCI function of the host as the report shows it. `after`: drivers that the planned change gives, by address. */
export function functionModels(facts: HostFacts, gpus: readonly GpuReport[], after: ReadonlyMap<string, string>, ofPolicy: KnownDevices | undefined): FunctionModel[] {
  const groups = new Map(facts.iommu.groups.flatMap((group) => group.members.map((member) => [member, group.number] as const)));
  return facts.pciDevices.map((device): FunctionModel => {
    const driver = known(device.driver) ?? null;
    const driverAfter = after.get(device.address) ?? null;
    return {
      address: device.address,
      role: roleOf(device, gpus),
      kind: kindOf(device),
      model: knownDevice(device, ofPolicy)?.name ?? null,
      ids: device.vendor.kind === "value" && device.device.kind === "value" ? `${device.vendor.value}:${device.device.value}` : null,
      driver,
      driverAfter: driverAfter === driver ? null : driverAfter,
      iommuGroup: groups.get(device.address) ?? null,
      upstream: device.upstream,
      acs: acsOf(device, facts),
      physicalFunction: known(device.physicalFunction) ?? null,
      uses: facts.uses.filter((use) => use.address === device.address).map((use) => use.says),
    };
  });
}

/** A GPU in another one's group is a card of its own, and its bystander all the same: the finding says so. */
function roleOf(device: PciDevice, gpus: readonly GpuReport[]): Role {
  const { address } = device;
  if (gpus.some((gpu) => gpu.address === address)) return "card";
  if (gpus.some((gpu) => gpu.bystanders.includes(address))) return "bystander";
  if (gpus.some((gpu) => gpu.companions.includes(address))) return "companion";
  if (isNvSwitch(device)) return "nvswitch";
  return isBridge(device) ? "bridge" : "other";
}
