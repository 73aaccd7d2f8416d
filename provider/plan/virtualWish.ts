import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { virtualFunctionAt } from "../facts/virtualFunctions";
import { deviceAt, idsOf } from "./card";
import type { NamedCard } from "./card";

export const OWNER = "VirtualFunctions";

/** How many virtual functions a physical one has, and who gets them. */
export interface WantedFunctions extends NamedCard {
  readonly count: number;
  /** A driver's name (by driver_override), "host" (whichever the kernel gives), or "none". */
  readonly driver: string;
  /** NVIDIA's vGPU type of each, in their order; 0: none. Left out: not touched. */
  readonly vgpuTypes?: readonly number[] | undefined;
  /** Reasons (DeviceUse.reason) for which the physical function may be changed although the host uses it. */
  readonly acknowledge: readonly string[];
}

export interface VirtualFunctionsDesired {
  readonly physicalFunctions: readonly WantedFunctions[];
  readonly when: "now" | "nextBoot";
}

/** A physical function with what is to become of its virtual ones. */
export interface PlannedPhysical {
  readonly wish: WantedFunctions;
  /** Place in the list of the wish, for messages. */
  readonly at: number;
  readonly device: PciDevice;
  readonly ids: string;
  /** Its own driver; null for none. */
  readonly driver: string | null;
  /** Number of virtual functions now; null where it could not be read. */
  readonly now: number | null;
  readonly by: "kernel" | "sriov-manage";
  /** Addresses of the virtual functions as they will be, or are; null where the hardware does not say before. */
  readonly addresses: readonly string[] | null;
  readonly virtual: readonly PciDevice[];
  /** All of them are made anew. */
  readonly remade: boolean;
  /** Those that only change their driver. */
  readonly rebound: readonly PciDevice[];
  /** Their types are written. */
  readonly typed: boolean;
}

export function isNamedDriver(driver: string): boolean {
  return driver !== "host" && driver !== "none";
}

/** Those of the wish that are there, in its order. */
export function plannedPhysical(facts: HostFacts, desired: VirtualFunctionsDesired): PlannedPhysical[] {
  return desired.physicalFunctions.flatMap((wish, at) => {
    const device = deviceAt(facts, wish.address);
    return device === undefined ? [] : [physical(facts, wish, at, device)];
  });
}

function physical(facts: HostFacts, wish: WantedFunctions, at: number, device: PciDevice): PlannedPhysical {
  const now = known(device.numVfs) ?? null;
  const driver = known(device.driver) ?? null;
  const by = driver === "nvidia" && facts.virtualFunctions?.sriovManage === true ? "sriov-manage" : "kernel";
  const virtual = (device.sriov?.functions ?? []).flatMap((address) => deviceAt(facts, address) ?? []);
  const remade = now !== wish.count || (wish.count > 0 && otherwiseMade(wish, device, virtual, by));
  const rebound = remade || !isNamedDriver(wish.driver) ? [] : virtual.filter((each) => known(each.driver) !== wish.driver);
  const types = virtual.map((each) => (each.vgpu === undefined ? undefined : known(each.vgpu.currentType)));
  const typed = wish.vgpuTypes !== undefined && wish.count > 0 && (remade || wish.vgpuTypes.some((type, index) => types[index] !== type));
  return { wish, at, device, ids: idsOf(device).full, driver, now, by, addresses: addressesOf(device, wish.count, remade), virtual, remade, rebound, typed };
}

/** The same number, made in another way: what the kernel gives is not given while an override stands, and the other way about. */
function otherwiseMade({ driver }: WantedFunctions, device: PciDevice, virtual: readonly PciDevice[], by: PlannedPhysical["by"]): boolean {
  if (isNamedDriver(driver)) return false;
  const autoprobe = by === "kernel" && device.sriov !== undefined ? known(device.sriov.driversAutoprobe) : undefined;
  if (driver === "host") return autoprobe === false || virtual.some((each) => each.driverOverride.kind === "value");
  return autoprobe === true || virtual.some((each) => each.driver.kind === "value");
}

function addressesOf(device: PciDevice, count: number, remade: boolean): readonly string[] | null {
  if (!remade) return device.sriov?.functions ?? [];
  const [offset, stride] = [device.sriov && known(device.sriov.offset), device.sriov && known(device.sriov.stride)];
  if (offset === undefined || stride === undefined || offset === 0 || (stride === 0 && count > 1)) return count === 0 ? [] : null;
  const addresses = Array.from({ length: count }, (_, index) => virtualFunctionAt(device.address, offset, stride, index));
  return addresses.every((each) => each !== undefined) ? addresses : null;
}

/** Other members of a virtual function's IOMMU group than itself and bridges; undefined: its group is not known. */
export function groupMates(facts: HostFacts, address: string): readonly string[] | undefined {
  const group = facts.iommu.groups.find((each) => each.members.includes(address));
  if (group === undefined || group.membersNotRead === true) return undefined;
  return group.members.filter((member) => member !== address && !/^(0604|0600)/.test(known(deviceAt(facts, member)?.class ?? { kind: "absent" }) ?? ""));
}
