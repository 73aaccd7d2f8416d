import type { MakeMediatedDevice, RemoveMediatedDevice } from "./mdevStep";
import type { ReleaseVirtualFunctions, SetVgpuTypes, SetVirtualFunctions } from "./virtualStep";

/**
 * Everything that may ever be done to a host. A transaction is a list of these; the agent on the host knows how to do,
 * check and undo each one, and does nothing else. Hashes are sha256 in hex, or "absent" for a file that is not there.
 */
export type Step =
  | WriteFile
  | RestoreFile
  | StageTrialBoot
  | KeepTrialBoot
  | DropTrialBoot
  | RenderBootEntries
  | BuildInitramfs
  | RestoreInitramfs
  | LoadModule
  | Rebind
  | ReleaseDevice
  | SetVirtualFunctions
  | SetVgpuTypes
  | ReleaseVirtualFunctions
  | ArmTrialBoot
  | RestartService
  | CheckAppArmor
  | AddLine
  | ReloadAppArmor
  | MakeMediatedDevice
  | RemoveMediatedDevice
  | Reboot;

/** Writes a file of ours: temporary, fsync, rename. Stops when the file is not what the plan saw (`before`). */
export interface WriteFile {
  readonly kind: "writeFile";
  readonly path: string;
  readonly text: string;
  /** Octal text, "0644". */
  readonly mode: string;
  readonly before: string;
}

/**
 * Puts back what was at `path` before our first write (from the journal's before-image; removes it when there was nothing).
 * A file that is no longer what we wrote was edited by a person: it is left, and the outcome says so. Where AddLine put one line in, that
 * line goes, and the rest is left.
 */
export interface RestoreFile {
  readonly kind: "restoreFile";
  readonly path: string;
}

/**
 * Renders the boot entries with everything that is staged (GPUHOST_TRIAL=1), compares every entry with the present one, and
 * adds one extra entry "gpuhost-trial", a copy of the default entry with the new arguments (and, when `initramfs`, with the
 * trial image), by a file of ours in /etc/grub.d. The default entries stay as they are.
 */
export interface StageTrialBoot {
  readonly kind: "stageTrialBoot";
  /** Tokens an entry may gain; another gain or loss stops the step before anything is installed. */
  readonly adds: readonly string[];
  readonly removes: readonly string[];
  /** What is on trial from now on: both may be, staged by two resources one after the other. */
  readonly of: "arguments" | "initramfs";
}

/**
 * After the host was seen running as tried: our files change from `state: trial` to `state: kept`, the default initramfs is
 * rebuilt where one was on trial, entries are rendered, compared and installed, and the extra entry goes.
 */
export interface KeepTrialBoot {
  readonly kind: "keepTrialBoot";
  readonly adds: readonly string[];
  readonly removes: readonly string[];
}

/** Takes the extra entry and the trial image away again; `of` limits it to one part when both are staged. */
export interface DropTrialBoot {
  readonly kind: "dropTrialBoot";
  readonly of: "arguments" | "initramfs";
}

/** grub-mkconfig into a temporary file, every entry compared, then installed. Undo: the before-image of grub.cfg. */
export interface RenderBootEntries {
  readonly kind: "renderBootEntries";
  readonly adds: readonly string[];
  readonly removes: readonly string[];
}

export interface BuildInitramfs {
  readonly kind: "buildInitramfs";
  readonly tool: "initramfs-tools" | "dracut";
  /** trial: an image of its own, /boot/gpuhost-initrd.img-RELEASE. default: the image the default entries name, before-image kept. */
  readonly image: "trial" | "default";
  /** Kernel releases, newest first. */
  readonly kernels: readonly string[];
  /** Room that must be free in /boot before anything is written. */
  readonly neededBytes: number;
}

/** Puts the before-images back where ours is still in place; else rebuilds without our hook. */
export interface RestoreInitramfs {
  readonly kind: "restoreInitramfs";
  readonly tool: "initramfs-tools" | "dracut";
  readonly kernels: readonly string[];
}

export interface LoadModule {
  readonly kind: "loadModule";
  readonly module: string;
}

/**
 * Gives functions another driver now: re-reads the ids of each, writes driver_override to all, unbinds (companions first), probes,
 * and waits. Each kernel write runs in the background with a deadline, because the kernel can hang in it and cannot be killed;
 * past the deadline the outcome is "needs reboot", the override stays, and nothing is tried again in this boot.
 */
export interface Rebind {
  readonly kind: "rebind";
  /** In the order of unbinding. */
  readonly functions: readonly { readonly address: string; readonly ids: string; readonly from: string | null; readonly to: string }[];
  readonly deadlineSeconds: number;
}

/** Undo of a live bind from the journal: clears driver_override, unbinds ours, probes, waits for the driver that was there. */
export interface ReleaseDevice {
  readonly kind: "releaseDevice";
  readonly addresses: readonly string[];
  readonly deadlineSeconds: number;
}

/** Chooses the extra entry for the next boot only (grub-reboot). */
export interface ArmTrialBoot {
  readonly kind: "armTrialBoot";
}

/** Reboots the host: at most once for this reason in this boot (the agent remembers), after everything is on disk. */
export interface Reboot {
  readonly kind: "reboot";
  readonly reason: string;
  /** Boot id that was reviewed; another one stops the step. */
  readonly bootId: string;
}

/**
 * Restarts a unit and watches it: one that ends, or starts anew by itself, within `watchSeconds` fails the step, with the last error it logged.
 * When the transaction is undone, the unit is restarted once more after every file is back.
 */
export interface RestartService {
  readonly kind: "restartService";
  /** "nova-compute.service". */
  readonly unit: string;
  readonly watchSeconds: number;
  /** starts: the unit now reads a file of ours, and `gpuhost restore` restarts it too. ends: it no longer does. */
  readonly reading: "starts" | "ends";
  /** Also says what the unit logged as an error since it was last restarted for us: why it is restarted with what was there before. */
  readonly saysWhy?: true;
}

/**
 * Parses libvirt's template with the files that are about to be written, in a copy of /etc/apparmor.d, before anything is installed
 * (`apparmor_parser -Q`: nothing is loaded). Fails with what the parser says, or when a rule would not reach a guest.
 */
export interface CheckAppArmor {
  readonly kind: "checkAppArmor";
  /** Full path of the template. */
  readonly template: string;
  /** `line` is added to what is there, `text` takes its place. */
  readonly candidates: readonly ({ readonly path: string; readonly text: string } | { readonly path: string; readonly line: string })[];
  /** Rules as they are written, one blank between words: "/dev/vfio/vfio rw,". */
  readonly rules: readonly string[];
}

/**
 * Adds one line to a file that people may write in too. Stops when the file is not what the plan saw. RestoreFile takes that line out again
 * and leaves everything else, whoever wrote it and when.
 */
export interface AddLine {
  readonly kind: "addLine";
  readonly path: string;
  readonly line: string;
  readonly before: string;
}

/** Loads profiles of the host's own programs anew. Guests that run keep the profile they have. */
export interface ReloadAppArmor {
  readonly kind: "reloadAppArmor";
  /** Full paths of profile files. */
  readonly profiles: readonly string[];
}
