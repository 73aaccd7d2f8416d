import type { Host } from "../../../provider/host/host";
import type { Shell } from "../../../provider/host/shell";

/** A function of the card that the suite moves about. */
export interface CardFunction {
  readonly address: string;
  /** vendor:device:subvendor:subdevice. */
  readonly ids: string;
  /** Driver it has when the suite begins and must have again at its end; null: none. */
  readonly driver: string | null;
}

/**
 * One machine for the contract suite. It boots Debian through GRUB with `intel_iommu=off` in GRUB_CMDLINE_LINUX_DEFAULT, has the
 * IOMMU on in firmware, and a card alone in its group. The suite reboots it, and leaves it as it was but for its boot id.
 */
export interface ContractBed {
  /** A client of its own each time: what it opened is closed by whoever asked. */
  open(): Promise<Host>;
  /** Root's shell on the machine, past the code under test: what the machine itself says. $R is its root there. */
  readonly shell: () => Promise<Shell>;
  readonly card: readonly CardFunction[];
  /** A physical function that can have two virtual ones or more, and has none. */
  readonly physical?: CardFunction;
  /** Most that a reboot takes, until SSH answers again. */
  readonly rebootSeconds: number;
  close(): Promise<void>;
}

/** Output of a script on the machine, for assertions. */
export async function ask(bed: ContractBed, script: string): Promise<string> {
  const shell = await bed.shell();
  try {
    const { exitCode, stdout, stderr } = await shell.run(`R=\${GPUHOST_ROOT:-}\n${script}`, { deadlineSeconds: 120 });
    if (exitCode !== 0) throw new Error(`the machine says ${exitCode}: ${stderr}`);
    return stdout.toString("utf8").trimEnd();
  } finally {
    await shell.close();
  }
}

/** Everything in /etc and the boot configuration, with its hash: equal before and after what was undone. */
export function configuration(bed: ContractBed): Promise<string> {
  return ask(bed, 'cd "$R/"; { find etc boot/grub -type f ! -name "*.new"; ls -d boot/initrd*; } | sort | xargs sha256sum; find etc boot | sort');
}
