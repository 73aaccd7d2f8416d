import type { Reading } from "./reading";

/** SR-IOV of one physical function (Documentation/ABI/testing/sysfs-bus-pci; drivers/pci/iov.c). */
export interface SriovFacts {
  /** First VF Offset and VF Stride of the capability, as the kernel last read them; both may be 0 while no virtual function is on. */
  readonly offset: Reading<number>;
  readonly stride: Reading<number>;
  /** Device id of its virtual functions, four hex digits; their vendor is the physical function's. */
  readonly vfDevice: Reading<string>;
  /** False: virtual functions get no driver unless driver_override names one. */
  readonly driversAutoprobe: Reading<boolean>;
  /** Addresses of its virtual functions, in the order of virtfn0, virtfn1, ...; shorter than numVfs where links are missing. */
  readonly functions: readonly string[];
}

/** A function's part in NVIDIA's vendor-specific VFIO: directory `nvidia` of a virtual function. */
export interface VgpuFacts {
  /** 0: no type. */
  readonly currentType: Reading<number>;
  /** What may be written there now. The list shrinks when types are in use on the same card. */
  readonly creatableTypes: Reading<readonly VgpuType[]>;
}

export interface VgpuType {
  readonly id: number;
  readonly name: string;
}

/** Buses behind a bridge (configuration space 0x19, 0x1a): what the firmware or the kernel has set aside. */
export interface BridgeBuses {
  readonly secondary: number;
  readonly subordinate: number;
}

/** What of the host decides how virtual functions are made. */
export interface VirtualFunctionFacts {
  /** Text of /etc/gpuhost/virtual-functions.conf, which our unit reads at boot. */
  readonly atBoot: Reading<string>;
  /** /usr/lib/nvidia/sriov-manage is there: NVIDIA's own way to turn virtual functions on. */
  readonly sriovManage: boolean;
  /** Parameter enable_sriov of vfio-pci. */
  readonly vfioEnablesSriov: Reading<boolean>;
  /** /etc/systemd/system is there. */
  readonly systemd: boolean;
}
