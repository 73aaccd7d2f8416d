/** One thing a profile says of files, or of other files to read (apparmor.d(5)). */
export type ProfileItem =
  | { readonly kind: "include"; readonly path: string; readonly ifExists: boolean }
  | { readonly kind: "file"; readonly deny: boolean; readonly path: string; readonly permissions: string; readonly text: string };

/** `include` with or without the old "#", with "if exists" or without. */
const include = /^\s*#?include\s+(if\s+exists\s+)?(?:<([^>]*)>|"([^"]*)"|(\/\S+))/;

/**
 * Includes and file rules of a profile or of a part of one. `depth` is how many braces deep the text has to be for a rule to count: 0 in an
 * abstraction, 1 in a file that holds the profile itself. What stands in a child profile, or in a hat, is not of this profile.
 */
export function parseProfile(text: string, depth: 0 | 1): ProfileItem[] {
  const items: ProfileItem[] = [];
  let level = 0;
  let statement = "";
  for (const line of text.split("\n")) {
    const found = include.exec(line);
    if (found !== null) {
      if (level === depth) items.push({ kind: "include", path: found[2] ?? found[3] ?? found[4] ?? "", ifExists: found[1] !== undefined });
      continue;
    }
    for (const word of words(withoutComment(line))) {
      if (word === "{" || word === "}") {
        level += word === "{" ? 1 : -1;
        statement = "";
        continue;
      }
      statement = statement === "" ? word : `${statement} ${word}`;
      if (!word.endsWith(",")) continue;
      const rule = level === depth ? fileRule(statement) : undefined;
      if (rule !== undefined) items.push(rule);
      statement = "";
    }
  }
  return items;
}

/** A "#" begins a comment where a word could begin. */
function withoutComment(line: string): string {
  return line.replace(/(^|\s)#.*$/, "");
}

/** Words; a quoted one may hold blanks. A brace of a block stands alone, one of a pattern does not. */
function words(line: string): string[] {
  return (line.match(/"[^"]*"\S*|\S+/g) ?? []).flatMap((word) => (word.length > 1 && /^[^{]*\}$|^[^{}]*\{$/.test(word) ? [word.slice(0, -1), word.slice(-1)] : [word]));
}

/** `[audit] [allow|deny] [owner] [file] PATH PERMISSIONS,`, or with the permissions first; `file,` is every file. Others are no file rules. */
function fileRule(statement: string): ProfileItem | undefined {
  const rest = statement.slice(0, -1).trim().split(/\s+(?=(?:[^"]*"[^"]*")*[^"]*$)/);
  let deny = false;
  while (rest[0] !== undefined && /^(audit|allow|deny|owner|other|file|priority=-?\d+)$/.test(rest[0])) {
    if (rest[0] === "file" && rest.length === 1) return { kind: "file", deny, path: "/**", permissions: "rwkl", text: statement };
    deny ||= rest[0] === "deny";
    rest.shift();
  }
  const [first = "", second = ""] = rest.map((word) => word.replace(/^"(.*)"$/, "$1"));
  const pathFirst = /^[/@]/.test(first);
  const [path, permissions] = pathFirst ? [first, second] : [second, first];
  if (!/^[/@]/.test(path) || !/^[rwaxmlkiuUpPcCbd]+$/.test(permissions)) return undefined;
  return { kind: "file", deny, path, permissions, text: statement };
}

/**
 * Does a pattern of a rule cover a path? "*" stops at a slash, "**" does not; "?", "[...]", "{a,b}" as in apparmor.d(5). Variables stand for no
 * device: those that AppArmor brings name /proc, /home and the like.
 */
export function covers(pattern: string, path: string): boolean {
  let source = "";
  let depth = 0;
  for (let at = 0; at < pattern.length; at++) {
    const letter = pattern[at] ?? "";
    if (letter === "@") return false;
    if (letter === "*") {
      const deep = pattern[at + 1] === "*";
      if (deep) at++;
      // A directory is not covered by what is in it.
      source += `${deep ? "[^\\0]" : "[^/\\0]"}${source.endsWith("/") && at === pattern.length - 1 ? "+" : "*"}`;
    } else if (letter === "?") source += "[^/\\0]";
    else if (letter === "{") [source, depth] = [`${source}(?:`, depth + 1];
    else if (letter === "}" && depth > 0) [source, depth] = [`${source})`, depth - 1];
    else if (letter === "," && depth > 0) source += "|";
    else if (letter === "[") {
      const end = pattern.indexOf("]", at + 2);
      if (end < 0) return false;
      source += `[${pattern.slice(at + 1, end).replace(/[\\\]]/g, "\\$&")}]`;
      at = end;
    } else if (letter === "\\" && at + 1 < pattern.length) source += escaped(pattern[++at] ?? "");
    else source += escaped(letter);
  }
  if (depth !== 0) return false;
  try {
    return new RegExp(`^${source}$`).test(path);
  } catch {
    return false;
  }
}

const escaped = (letter: string): string => letter.replace(/[.*+?^${}()|[\]\\/]/g, "\\$&");
