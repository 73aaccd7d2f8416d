import { readFileSync } from "node:fs";
import { homedir } from "node:os";
import { isAbsolute, join } from "node:path";
import { LineType, parse } from "ssh-config";
import type { Directive, Line, Section } from "ssh-config";
import { InputError } from "../../errors";
import { globFiles } from "./globFiles";
import { matchHolds } from "./sshConfigMatch";
import { expandHome } from "./tokens";
import { matchesPatternList } from "./wildcard";

/** What the configuration file says of one host: the first value of each keyword (lower case), all of IdentityFile. */
export interface SshConfig {
  first(keyword: string): string | undefined;
  /** The words of a keyword's first value, for those that take several. */
  words(keyword: string): readonly string[] | undefined;
  all(keyword: string): readonly string[];
}

/** Names a Match block may ask for. `host` follows HostName as it is read, as in OpenSSH. */
export interface MatchSubject {
  readonly originalHost: string;
  readonly user: string | undefined;
  readonly localUser: string;
}

/** OpenSSH's own limit. */
const deepestInclude = 16;

/**
 * Reads an OpenSSH client configuration (ssh_config(5)) for one host. The package ssh-config only takes the lines apart:
 * which of them count is decided here, since its own evaluation runs `Match exec` commands and name look-ups.
 * @throws InputError for a file in no form ssh_config(5) describes, and for a Match that cannot be judged.
 */
export function readSshConfig(file: string, subject: MatchSubject): SshConfig {
  const reading = new Reading(subject);
  reading.file(file, 0, true);
  return reading;
}

class Reading implements SshConfig {
  readonly #values = new Map<string, (readonly string[])[]>();
  readonly #subject: MatchSubject;

  constructor(subject: MatchSubject) {
    this.#subject = subject;
  }

  first(keyword: string): string | undefined {
    return this.words(keyword)?.join(" ");
  }

  words(keyword: string): readonly string[] | undefined {
    return this.#values.get(keyword)?.[0];
  }

  all(keyword: string): readonly string[] {
    return (this.#values.get(keyword) ?? []).map((words) => words.join(" "));
  }

  /** `active`: the Host or Match block that includes the file holds. */
  file(path: string, depth: number, active: boolean): void {
    if (depth > deepestInclude) throw new InputError("ssh-config-malformed", `${path}: Include goes deeper than ${deepestInclude} files.`);
    for (const line of parseFile(path)) {
      if (line.type !== LineType.DIRECTIVE) continue;
      const keyword = line.param.toLowerCase();
      if (keyword !== "host" && keyword !== "match") this.#directive(line, path, depth, active);
      else {
        const inner = (line as Section).config;
        const holds = active && this.#holds(keyword, line, path, inner);
        for (const of of inner) if (of.type === LineType.DIRECTIVE) this.#directive(of, path, depth, holds);
      }
    }
  }

  #holds(keyword: string, line: Directive, path: string, inner: readonly Line[]): boolean {
    if (keyword === "host") return matchesPatternList(wordsOf(line), this.#subject.originalHost);
    const host = this.first("hostname") ?? this.#subject.originalHost;
    const user = this.#subject.user ?? this.first("user") ?? this.#subject.localUser;
    const says = inner.some((of) => of.type === LineType.DIRECTIVE);
    return matchHolds(wordsOf(line), { ...this.#subject, host, user }, path, says);
  }

  #directive(line: Directive, path: string, depth: number, active: boolean): void {
    if (!active) return;
    const keyword = line.param.toLowerCase();
    if (keyword !== "include") {
      this.#values.set(keyword, [...(this.#values.get(keyword) ?? []), wordsOf(line)]);
      return;
    }
    for (const name of wordsOf(line)) {
      const included = expandHome(name);
      for (const file of globFiles(isAbsolute(included) ? included : join(homedir(), ".ssh", included))) this.file(file, depth + 1, active);
    }
  }
}

function wordsOf(line: Directive): string[] {
  return typeof line.value === "string" ? [line.value] : line.value.map(({ val }) => val);
}

/** Files as they were taken apart last: a fleet asks the same one for every host. */
const parsed = new Map<string, { readonly text: string; readonly lines: readonly Line[] }>();

function parseFile(path: string): readonly Line[] {
  let text: string;
  try {
    text = readFileSync(path, "utf8");
  } catch (cause) {
    throw new InputError("ssh-config-unreadable", `${path}: the SSH configuration cannot be read (${(cause as NodeJS.ErrnoException).code}).`);
  }
  const before = parsed.get(path);
  if (before?.text === text) return before.lines;
  // ssh-config would take the next line for the value.
  const bare = /^[ \t]*([A-Za-z]+)[ \t=]*$/m.exec(text)?.[1];
  if (bare !== undefined) throw new InputError("ssh-config-malformed", `${path}: ${bare} stands there without a value.`);
  try {
    const lines: readonly Line[] = parse(text);
    parsed.set(path, { text, lines });
    return lines;
  } catch (cause) {
    throw new InputError("ssh-config-malformed", `${path}: no SSH configuration as ssh_config(5) describes it (${(cause as Error).message}).`);
  }
}
