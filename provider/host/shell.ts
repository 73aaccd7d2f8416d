import type { Reading } from "../facts/reading";

export interface ShellLimits {
  /** What messages call the command: "reading the PCI devices". Default "a command". */
  readonly what?: string;
  /** Seconds until the command is given up; a HostTimeoutError says what was running. */
  readonly deadlineSeconds: number;
  /** Most bytes of stdout; more ends the command with an OutputTooLargeError. Default 64 MiB. */
  readonly maximumBytes?: number;
  /** Called with each whole line of stderr as it comes (progress of a long apply). */
  readonly onStderrLine?: (line: string) => void;
}

export interface ShellResult {
  /** As the shell gives it: 128 + n for a script that died by signal n. */
  readonly exitCode: number | null;
  /** Set when the whole session died by a signal; then stdout may lack its end. */
  readonly signal: string | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

/**
 * Runs POSIX-sh scripts on one machine, as root where the connection can (sudo, with or without a password).
 * The script goes in on standard input, never on a command line, so nothing of it shows in a process list.
 * Implementations: sshShell (one connection, shared), localShell (this machine, under a root prefix, for recorded trees).
 */
export interface Shell {
  /** What messages call the machine: the address the user wrote. */
  readonly name: string;
  /** "SHA256:..." of the checked host key; absent for a local tree. */
  readonly hostKey: Reading<string>;
  /** Runs `sh -s` with `script` as its input and `environment` set (values are quoted; names are ours). */
  run(script: string, limits: ShellLimits, environment?: Readonly<Record<string, string>>): Promise<ShellResult>;
  close(): Promise<void>;
}
