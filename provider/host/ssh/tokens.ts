import { homedir, userInfo } from "node:os";
import { join } from "node:path";
import { InputError } from "../../errors";

export function expandHome(path: string): string {
  if (path === "~") return homedir();
  return path.startsWith("~/") ? join(homedir(), path.slice(2)) : path;
}

/** What the tokens of ssh_config(5) stand for. */
export interface Tokens {
  /** %h: the address that is dialled. */
  readonly h: string;
  /** %n: the name as given. */
  readonly n: string;
  readonly p: string;
  readonly r: string;
}

/** A path of the configuration file with `~`, `%` tokens and `${VARIABLE}` replaced. */
export function expandPath(path: string, keyword: string, tokens: Tokens): string {
  const withVariables = path.replace(/\$\{([^}]+)\}/g, (_all, name: string) => {
    const found = process.env[name];
    if (found === undefined) throw unsupported(keyword, path, `the environment variable ${name} is not set`);
    return found;
  });
  return expandTokens(expandHome(withVariables), keyword, { ...tokens, u: userInfo().username, d: homedir(), i: String(process.getuid?.() ?? "") });
}

export function expandTokens(text: string, keyword: string, tokens: Readonly<Record<string, string>>): string {
  return text.replace(/%(.?)/g, (all, letter: string) => {
    if (letter === "%") return "%";
    const value = Object.hasOwn(tokens, letter) ? tokens[letter] : undefined;
    if (value === undefined) throw unsupported(keyword, text, `the token ${all} is not known to this program`);
    return value;
  });
}

function unsupported(keyword: string, text: string, why: string): InputError {
  return new InputError("ssh-config-unsupported", `SSH configuration, ${keyword} ${text}: ${why}. Give the connection the value itself.`);
}
