/**
 * Makes a mediated device, unless it is there already just so. Waits until it is there; stops where the parent, the type or room for it is
 * missing, or where the UUID belongs to another device.
 */
export interface MakeMediatedDevice {
  readonly kind: "makeMediatedDevice";
  /** Lower case. */
  readonly uuid: string;
  readonly parent: string;
  readonly type: string;
  readonly deadlineSeconds: number;
}

/** Takes one of ours away; one that is gone counts as done. Stops while a process holds its VFIO group. */
export interface RemoveMediatedDevice {
  readonly kind: "removeMediatedDevice";
  readonly uuid: string;
  readonly deadlineSeconds: number;
}
