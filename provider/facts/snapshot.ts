import type { Reading } from "./reading";

/**
 * The part of a host's file tree that the reading script saw, at one moment: what every parser in this room is given.
 * Paths are absolute and without the root prefix of a recorded tree (`/sys/bus/pci/devices/0000:65:00.0/vendor`).
 */
export interface Snapshot {
  /** Text of a file without its last newline; "" for an empty file. */
  text(path: string): Reading<string>;
  /** Bytes of a binary file (a PCI function's `config`); may be shorter than the file where the reader was not root. */
  bytes(path: string): Reading<Uint8Array>;
  /** Target of a symbolic link as stored (relative or absolute); absent when there is no such link. */
  link(path: string): Reading<string>;
  /** Names directly below a directory, sorted; absent when there is no such directory. An empty directory gives []. */
  list(directory: string): Reading<readonly string[]>;
  /**
   * What a probe found out by asking instead of by reading one file, by the probe's own name for it
   * (for example "ssh-connection", "user-id", "holders"): one text, absent when the probe did not say.
   */
  answer(name: string): Reading<string>;
}
