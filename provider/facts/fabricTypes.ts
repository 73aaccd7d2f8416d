import type { Reading } from "./reading";

/**
 * What joins cards past PCIe, as far as files of the host say it. Whether a link is blocked or trained, and which partitions are active, is in no file: it is
 * known to the cards, to a driver, or to the fabric manager, and none of these is asked (docs/decisions/0016).
 */
export interface FabricFacts {
  readonly manager: FabricManager;
  /** Units, hooks and scripts that call a tool to block NVLinks (--block-nvlink): that somebody means to, not that it was done. */
  readonly linkBlockers: Reading<readonly string[]>;
  /** Parameter fb_sharing_mode of AMD's host driver gim: 0 its default, 1 no card shares memory over XGMI, else so many share. Absent: not loaded, or without it. */
  readonly gimSharing: Reading<number>;
}

/** NVIDIA's fabric manager on the host itself; one in a service VM is not seen. Settings are those of its user guide. */
export interface FabricManager {
  /** Unreadable where the processes of others are not seen. */
  readonly running: Reading<boolean>;
  readonly container: boolean;
  /** The file that counts: of the process, else the packaged one. */
  readonly configuration: string;
  /** FABRIC_MODE: 0 one machine or whole boards, 1 shared switches, 2 vGPU. Absent: not set, or no such file. */
  readonly mode: Reading<number>;
  /** FABRIC_MODE_RESTART: 1 keeps partitions over a restart. */
  readonly restart: Reading<number>;
  /** STATE_FILE_NAME, where partitions are kept over a restart; what is in it is not documented and not read. */
  readonly stateFile: Reading<string>;
  /** The state file is there. */
  readonly stateSaved: boolean;
  /** Who may activate partitions: a socket's owner, who is on this host, or who reaches its address. Absent: nobody said. */
  readonly orders: Reading<"socket" | "loopback" | "network">;
  /** Of its package (dpkg). */
  readonly version: Reading<string>;
}
