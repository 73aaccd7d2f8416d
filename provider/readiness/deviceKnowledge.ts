/**
 * What is known of a model beforehand. The live host goes before all of it: `reset_method`, `sriov_totalvfs`, the functions that are there.
 * A field that is left out is not known.
 */
export interface KnownDevice {
  readonly name?: string | undefined;
  /** Why a reset that the kernel lists is not to be trusted; false: it is known to work. */
  readonly resetRisk?: string | false | undefined;
  /** Ids of the other functions that the card comes with; of compute cards, those of its display too, which they may leave out. */
  readonly companions?: readonly string[] | undefined;
  /** What joins it to other cards past PCIe. */
  readonly fabric?: Fabric | undefined;
  /** Its board joins it to its neighbours, without switches; left out, a bridge on top may. */
  readonly wired?: boolean | undefined;
  readonly sharing?: readonly SharingMode[] | undefined;
  /** The vfio driver that it needs instead of vfio-pci, as its module is called. */
  readonly variantDriver?: string | undefined;
}

/** nvswitch: through switches of its board. nvlink: straight to its neighbours, or by a bridge on top. */
export const fabrics = ["none", "nvlink", "nvswitch", "xgmi"] as const;
export type Fabric = (typeof fabrics)[number];

/** Ways in which the model can be given to guests at all; what this host can do is another question. */
export const sharingModes = ["passthrough", "sriov", "mdev"] as const;
export type SharingMode = (typeof sharingModes)[number];

export type KnownDevices = Readonly<Record<string, KnownDevice>>;
