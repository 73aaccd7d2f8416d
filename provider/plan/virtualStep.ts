/**
 * Gives a physical function another number of virtual ones, through 0: the ids, the driver and the number of before are compared, and no virtual
 * function may be held by a process. Each then has `driver` by driver_override, or what the kernel gives ("host"), or none ("none").
 */
export interface SetVirtualFunctions {
  readonly kind: "setVirtualFunctions";
  readonly address: string;
  readonly ids: string;
  /** Driver of the physical function. */
  readonly physicalDriver: string;
  readonly from: number;
  readonly to: number;
  /** sriov-manage: NVIDIA's own tool, which turns all or none on. */
  readonly by: "kernel" | "sriov-manage";
  readonly driver: string;
  readonly deadlineSeconds: number;
}

/** Writes NVIDIA's vGPU types of the virtual functions of `address`, in their order, through 0; the ids are compared, and each type is read back. */
export interface SetVgpuTypes {
  readonly kind: "setVgpuTypes";
  readonly address: string;
  readonly ids: string;
  readonly types: readonly number[];
  readonly deadlineSeconds: number;
}

/** Puts number, drivers and types back as the journal has them; stops while a process holds one of them. Virtual functions first. */
export interface ReleaseVirtualFunctions {
  readonly kind: "releaseVirtualFunctions";
  readonly addresses: readonly string[];
  readonly deadlineSeconds: number;
}
