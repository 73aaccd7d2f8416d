import type { MdevFacts } from "../../provider/facts/hostFacts";
import { isPciAddress } from "../../provider/facts/pciAddress";
import { absent, unreadable, value } from "../../provider/facts/reading";

/** Mediated devices of a host in few words; JSON. */
export interface MdevOptions {
  /** Parent to its types, with how many more can be made; "?": could not be read. A parent whose types are "?" has an unreadable list of them. */
  readonly parents?: Readonly<Record<string, Readonly<Record<string, number | "?">> | "?">>;
  readonly devices?: readonly MdevDeviceOptions[];
  /** Could not be read at all. */
  readonly unread?: true;
  readonly vendorVfio?: readonly string[];
  readonly gvt?: boolean;
}

export interface MdevDeviceOptions {
  readonly uuid: string;
  readonly parent: string;
  readonly type: string;
  /** "?": could not be read. Default: nobody. */
  readonly holders?: readonly string[] | "?";
  /** Made by us. */
  readonly ours?: true;
}

export function mdevFacts({ parents = {}, devices = [], unread, vendorVfio = [], gvt }: MdevOptions): MdevFacts {
  const not = unreadable("permission denied");
  return {
    parents: unread === true ? not : value(Object.entries(parents).map(([name, types]) => ({
      name, address: isPciAddress(name) ? value(name) : absent, place: value(isPciAddress(name) ? `pci0000:64/${name}` : `virtual/${name}/${name}`),
      types: types === "?" ? not : value(Object.entries(types).map(([id, free]) => ({
        id, name: value(`name of ${id}`), description: absent, deviceApi: value("vfio-pci"), availableInstances: free === "?" ? not : value(free),
        devices: value(devices.filter((device) => device.parent === name && device.type === id).map(({ uuid }) => uuid)),
      }))),
    }))),
    devices: unread === true ? not : value(devices.map(({ uuid, parent, type, holders = [] }, at) => ({
      uuid, parent: value(parent), type: value(type), iommuGroup: value(at), driver: value("mtty"), holders: holders === "?" ? not : value(holders),
    }))),
    vendorVfio, gvt: gvt === undefined ? absent : value(gvt),
    ours: devices.flatMap(({ uuid, parent, type, ours }) => (ours === true ? [{ uuid, owner: "MediatedDevices", parent, type }] : [])),
  };
}
