import { InputError } from "../../errors";
import { matchesPatternList } from "./wildcard";

/** What the criteria of a Match line are held against. */
export interface MatchValues {
  readonly host: string;
  readonly originalHost: string;
  readonly user: string;
  readonly localUser: string;
}

const judged: Readonly<Record<string, keyof MatchValues>> = {
  host: "host",
  originalhost: "originalHost",
  user: "user",
  localuser: "localUser",
};

/**
 * Whether all criteria of `Match ...` hold. Criteria that would run a command or depend on how ssh was called (exec,
 * localnetwork, canonical, final, tagged, ...) cannot be judged here; where one of them would decide, that is an error.
 */
export function matchHolds(words: readonly string[], values: MatchValues, path: string, decides: boolean): boolean {
  let unjudged: string | undefined;
  const rest = [...words];
  while (rest.length > 0) {
    const word = (rest.shift() as string).toLowerCase();
    const negated = word.startsWith("!");
    const criterion = negated ? word.slice(1) : word;
    if (criterion === "all") continue;
    if (criterion === "canonical" || criterion === "final") {
      unjudged ??= criterion;
      continue;
    }
    const argument = rest.shift();
    const field = judged[criterion];
    if (argument === undefined || argument === "") throw malformed(path, words);
    if (field === undefined) unjudged ??= criterion;
    else if (agrees(argument, criterion, values[field]) === negated) return false;
  }
  if (unjudged === undefined || !decides) return true;
  throw new InputError(
    "ssh-config-unsupported",
    `${path}: "Match ${words.join(" ")}" may hold for ${values.originalHost}, and "${unjudged}" cannot be judged by this program. ` +
      `Give the connection what the block says, and sshConfigFile: false or another file.`,
  );
}

/** Host names are compared without case, user names with it (match_hostname and match_pattern_list of OpenSSH). */
function agrees(patterns: string, criterion: string, value: string): boolean {
  const insensitive = criterion.endsWith("host");
  const [list, text] = insensitive ? [patterns.toLowerCase(), value.toLowerCase()] : [patterns, value];
  return matchesPatternList(list.split(","), text);
}

function malformed(path: string, words: readonly string[]): InputError {
  return new InputError("ssh-config-malformed", `${path}: "Match ${words.join(" ")}" lacks an argument.`);
}
