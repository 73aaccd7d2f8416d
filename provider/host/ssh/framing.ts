import { randomBytes } from "node:crypto";
import { shellWord } from "./quote";

/** How one script travels: the command line that sshd hands to the login shell, and what then goes to standard input. */
export interface Framing {
  readonly commandLine: string;
  /** Printed alone on a line of stdout and of stderr once our own shell stands there; everything before it is noise. */
  readonly marker: string;
  /** Printed on stdout after the script has ended: without it the output did not arrive whole. */
  readonly closing: string;
  /** sudo's prompt; the password is sent when this is seen on stderr, and never otherwise. */
  readonly prompt: string;
  /** The script, to be sent once the marker was seen. */
  readonly input: string;
}

export type Privilege = "none" | "sudo" | "sudo-with-password";

/**
 * The login shell may be anything (csh, fish, one with loud start-up files), so its line is `exec`, plain words and
 * single-quoted text without `'`, `!`, backslash or line break, which all of them read alike. It starts sh, which starts
 * sh through sudo; that one says the marker, then reads and drops lines until the one that opens the script. So a password
 * that sudo did not want, or whatever else stands before the script, is dropped and never run. The closing line is there because
 * sudo that logs output (log_output) loses the end of it at times, exit status 0 notwithstanding (seen with sudo 1.9.13).
 *
 * Marker, closing and prompt stand in the command line in pieces: a login shell that echoes its commands does not say them.
 */
export function frameScript(script: string, environment: Readonly<Record<string, string>>, privilege: Privilege): Framing {
  const [first, second, third, fourth] = [token(), token(), token(), token()];
  const opening = `${second}${first}`;
  const inner =
    `echo ${first}"${second}"; echo ${first}"${second}" >&2; ` +
    `while IFS= read -r line; do [ "$line" = ${opening} ] && break; done; ` +
    `GPUHOST_SSH_CONNECTION=$1; export GPUHOST_SSH_CONNECTION; sh -s; code=$?; echo closing-"${fourth}"; exit $code`;
  const elevate = {
    none: "",
    sudo: "sudo -n -- ",
    "sudo-with-password": `sudo -S -p password-"${third}" -- `,
  }[privilege];
  // sudo drops SSH_CONNECTION from the environment, so it travels as an argument.
  const outer = `exec ${elevate}sh -c "$1" gpuhost "$SSH_CONNECTION"`;
  return {
    commandLine: `exec sh -c ${shellWord(outer)} gpuhost ${shellWord(inner)}`,
    marker: `${first}${second}`,
    closing: `closing-${fourth}\n`,
    prompt: `password-${third}`,
    input: `${opening}\n${wholeOrNothing(script, environment)}`,
  };
}

/**
 * One compound command: a shell runs none of it before it has read all of it, so a connection that breaks in the middle of
 * the script cannot run half of it.
 */
export function wholeOrNothing(script: string, environment: Readonly<Record<string, string>>): string {
  const exports = Object.entries(environment).map(([name, value]) => {
    if (!/^[A-Za-z_][A-Za-z0-9_]*$/.test(name)) throw new RangeError(`"${name}" is no name for an environment variable`);
    return `export ${name}=${shellWord(value)}\n`;
  });
  if (script.includes("\0")) throw new RangeError("a script cannot hold a NUL byte");
  return `{ :\n${exports.join("")}${script}\n} </dev/null\n`;
}

function token(): string {
  return randomBytes(12).toString("hex");
}
