import { ConnectionLostError, HostTimeoutError, HostUnreachableError, OutputTooLargeError, SudoError } from "../../errors";
import type { GpuhostError } from "../../errors";
import type { Endpoint } from "./endpoint";
import type { Privilege } from "./framing";
import { oneLine } from "./heard";

/** What can go wrong with one command, in words for the operator. `what` is what the command was doing. */
export class ExecutionErrors {
  constructor(
    private readonly endpoint: Endpoint,
    private readonly privilege: Privilege,
    private readonly what: string,
  ) {}

  /** No session was opened, so nothing ran: safe to try again on another connection. */
  notOpened(why: string): GpuhostError {
    return this.#make(HostUnreachableError, "session-not-opened", `no session for ${this.what}: ${why}. Nothing was run.`);
  }

  /** The server answers but opens no further session on this connection. */
  sessionRefused(why: string): GpuhostError {
    const hint = "Its sshd allows too few (MaxSessions), or none for this user.";
    return this.#make(HostUnreachableError, "session-refused", `no session for ${this.what}: ${why}. ${hint} Nothing was run.`);
  }

  lost(phase: string, why: string | undefined, stderr: string): GpuhostError {
    const because = why ?? "the session ended without an exit status";
    if (phase !== "running") {
      return this.#make(HostUnreachableError, "session-not-opened", `the session for ${this.what} ended before it began: ${because}. Nothing was run.`);
    }
    return this.#make(
      ConnectionLostError,
      "connection-lost",
      `connection lost while ${this.what}: ${because}. Whether it finished is not known; the next run reads the host again.${said(stderr)}`,
    );
  }

  incomplete(exitCode: number | null, bytes: number): GpuhostError {
    const sudo = this.privilege === "none" ? "" : ` sudo loses output at times where sudoers sets log_output; exempt ${this.endpoint.user}: Defaults:${this.endpoint.user} !log_output.`;
    return this.#make(
      ConnectionLostError,
      "output-incomplete",
      `${this.what} ended with exit status ${exitCode}, but its output did not arrive whole (${bytes} bytes came), so nothing is concluded from it.${sudo}`,
    );
  }

  late(phase: string, seconds: number, exited: boolean, heard: string): GpuhostError {
    if (phase === "starting") {
      const whose = this.privilege === "none" ? "the login shell" : "the login shell or sudo";
      return this.#make(
        HostTimeoutError,
        "shell-start-timeout",
        `${whose} did not come to ${this.what} within ${seconds} s, so it was not run. Look at the start-up files of ` +
          `${this.endpoint.user}, and at what sudo waits for there.${said(heard)}`,
      );
    }
    const state = exited
      ? "ended, but something it started keeps its output open"
      : "did not end in time and was given up; it may still be running there";
    return this.#make(HostTimeoutError, "command-timeout", `${this.what} took more than ${seconds} s: it ${state}.${said(heard)}`);
  }

  tooLarge(stream: string, maximum: number): GpuhostError {
    return this.#make(OutputTooLargeError, "output-too-large", `${this.what} printed more than ${maximum} bytes to ${stream} and was ended.`);
  }

  wrongPassword(): GpuhostError {
    return this.#make(
      SudoError,
      "sudo-password-wrong",
      `sudo does not accept the configured password of ${this.endpoint.user}; it was sent once and nothing was run. Correct the password.`,
    );
  }

  /** The shell ended before it said its marker. */
  notStarted(exit: { code: number | null; signal: string | null }, stderr: string, stdout: string): GpuhostError {
    const ended = exit.signal === null ? `exit status ${exit.code}` : `signal ${exit.signal}`;
    const words = said(stderr.trim() || stdout.trim());
    if (this.privilege === "none") {
      const what = `the login shell of ${this.endpoint.user} ended (${ended}) before ${this.what}; nothing was run. It must be able to run: exec sh`;
      return this.#make(HostUnreachableError, "shell-not-started", `${what}.${words}`);
    }
    return this.#make(SudoError, ...this.#sudoRefusal(stderr, ended, words));
  }

  #sudoRefusal(stderr: string, ended: string, words: string): [string, string] {
    const { user } = this.endpoint;
    if (/a password is required|no askpass|interactive authentication is required/i.test(stderr)) {
      return [
        "sudo-password-needed",
        `sudo asks ${user} for a password and the connection names none. Set sudo.password to where it is found, or allow ` +
          `${user} NOPASSWD in /etc/sudoers.d there. Nothing was run.${words}`,
      ];
    }
    if (/not in the sudoers|not allowed to (run|execute)|may not run sudo/i.test(stderr)) {
      return ["sudo-not-allowed", `${user} may not use sudo there. Add it to /etc/sudoers.d, or log in as another user. Nothing was run.${words}`];
    }
    if (/not found/i.test(stderr) && /sudo/.test(stderr)) {
      return ["sudo-missing", `there is no sudo for ${user}. Install it, log in as root, or set sudo.mode "never". Nothing was run.${words}`];
    }
    return ["sudo-failed", `sudo did not start ${this.what} (${ended}). Nothing was run.${words}`];
  }

  #make(Class: new (code: string, message: string, host: string) => GpuhostError, code: string, message: string): GpuhostError {
    return new Class(code, `${this.endpoint.name}: ${message}`, this.endpoint.name);
  }
}

function said(text: string): string {
  const heard = oneLine(text);
  return heard === "" ? "" : ` It said: ${heard}`;
}
