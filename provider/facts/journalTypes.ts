import type { KernelArgument } from "./bootTypes";
import type { Reading } from "./reading";

/** What /var/lib/gpuhost on the host says of our own work there. */
export interface JournalFacts {
  readonly present: boolean;
  readonly lock: Reading<{ readonly owner: string; readonly since: string; readonly alive: boolean }>;
  readonly files: readonly JournalledFile[];
  readonly devices: readonly JournalledDevice[];
  readonly transactions: readonly JournalledTransaction[];
  /** Physical functions whose virtual ones we changed, and virtual ones whose type we set; left out where there are none. */
  readonly virtual?: readonly JournalledVirtual[];
  /** Full paths in /etc/gpuhost, and of units and drop-ins by our names, at which there is something, whoever wrote it; left out where there is nothing. */
  readonly namedForUs?: readonly string[];
  /** The boot entry that is to be tried, or was: see plan/trialBoot. */
  readonly trial: Reading<TrialBoot>;
}

export interface JournalledFile {
  readonly path: string;
  /** Resource that wrote it: "KernelArguments", "VfioBinding". */
  readonly owner: string;
  /** sha256, or "absent". */
  readonly before: string;
  readonly written: string;
  /** sha256 now, or "absent". */
  readonly now: string;
}

export interface JournalledDevice {
  readonly address: string;
  readonly owner: string;
  /** vendor:device:subvendor:subdevice. */
  readonly ids: string;
  readonly driverBefore: string;
  readonly overrideBefore: string;
}

/** A physical function whose number of virtual ones was changed, as it was before; or a virtual one whose type was. "": not known. */
export interface JournalledVirtual {
  readonly address: string;
  readonly owner: string;
  /** vendor:device:subvendor:subdevice. */
  readonly ids: string;
  /** Number of virtual functions; "" for a virtual function itself. */
  readonly countBefore: string;
  readonly autoprobeBefore: string;
  /** Lines "ADDRESS DRIVER OVERRIDE" of its virtual functions, "-" for none. */
  readonly functionsBefore: readonly string[];
  /** vGPU type; "" for a physical function. */
  readonly typeBefore: string;
}

export interface JournalledTransaction {
  readonly id: string;
  readonly owner: string;
  readonly state: "running" | "done" | "failed" | "undone" | "interrupted";
  readonly says: string;
}

export interface TrialBoot {
  /** staged: the extra entry is there. armed: chosen for the next boot. */
  readonly state: "staged" | "armed";
  /** Tokens of the extra entry. */
  readonly arguments: readonly KernelArgument[];
  /** What is on trial: "arguments", "initramfs". */
  readonly of: readonly string[];
  /** Boot id during which it was staged. */
  readonly bootId: string;
  /** The host was seen running it since it was last chosen, and went down before it was the default. */
  readonly seenRunning?: true;
}
