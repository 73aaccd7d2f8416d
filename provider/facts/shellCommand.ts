import { NotFollowed, type WordPart } from "./shellWords";

/** A variable's value; null: set to something that only running the file would tell. */
export type ShellVariables = Map<string, string | null>;

/** Whether a command succeeded; null: not known. */
export type Status = boolean | null;

/** Commands of the shell itself that can change variables or leave the file. */
const builtins = new Set([
  ".", "source", "eval", "exec", "exit", "return", "set", "shift", "read", "getopts", "alias", "local", "declare", "typeset", "let", "mapfile",
  "readarray", "trap", "break", "continue", "cd", "umask", "shopt", "unalias", "printf",
]);

/**
 * Runs one simple command. In a condition a command of the system is not known to succeed or fail, and cannot set a variable;
 * elsewhere it might end the file, so it is not followed.
 */
export function simpleCommand(words: readonly (readonly WordPart[])[], variables: ShellVariables, condition: boolean): Status {
  const assignments: [string, string | null][] = [];
  let at = 0;
  for (; at < words.length; at++) {
    const assignment = asAssignment(words[at] ?? [], variables);
    if (assignment === undefined) break;
    assignments.push(assignment);
    if (at === assignments.length - 1) variables.set(...assignment);
  }
  if (at === words.length) return true;
  if (at > 0) throw new NotFollowed("an assignment in front of a command");
  const command = expand(words[0] ?? [], variables);
  const rest = words.slice(1);
  switch (command) {
    case ":":
    case "true":
    case "echo":
    case "printf":
      return true;
    case "false":
      return false;
    case "export":
    case "readonly":
      for (const word of rest) {
        const assignment = asAssignment(word, variables);
        if (assignment !== undefined) variables.set(...assignment);
      }
      return true;
    case "unset":
      for (const word of rest) variables.delete(expand(word, variables) ?? "");
      return true;
    case "[":
    case "test":
      return test(rest.map((word) => expand(word, variables)), command);
    default:
      if (condition && command !== null && !builtins.has(command)) return null;
      throw new NotFollowed(`the command ${command ?? "that a variable names"}`);
  }
}

function asAssignment(parts: readonly WordPart[], variables: ShellVariables): [string, string | null] | undefined {
  let name = "";
  for (const [index, part] of parts.entries()) {
    if (part.kind !== "text" || part.quoted) return undefined;
    if (part.text === "=") return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name) ? [name, expand(parts.slice(index + 1), variables)] : undefined;
    name += part.text;
  }
  return undefined;
}

function expand(parts: readonly WordPart[], variables: ShellVariables): string | null {
  let text = "";
  for (const part of parts) {
    const piece = part.kind === "text" ? part.text : part.kind === "unknown" ? null : variable(part, variables);
    if (piece === null) return null;
    text += piece;
  }
  return text;
}

function variable(part: Extract<WordPart, { kind: "variable" }>, variables: ShellVariables): string | null {
  const set = variables.get(part.name);
  if (set === null) return null;
  const counts = part.operator?.startsWith(":") === true ? set !== undefined && set !== "" : set !== undefined;
  if (part.operator === ":-" || part.operator === "-") return counts ? (set ?? "") : expand(part.word, variables);
  if (part.operator === ":+" || part.operator === "+") return counts ? expand(part.word, variables) : "";
  return set ?? "";
}

/** test(1), as far as text decides it; files and numbers are not known here. */
function test(words: readonly (string | null)[], command: string): Status {
  const args = command === "[" ? words.slice(0, -1) : words;
  if (command === "[" && words.at(-1) !== "]") throw new NotFollowed("a [ without ]");
  if (args[0] === "!") {
    const inner = test(args.slice(1), "test");
    return inner === null ? null : !inner;
  }
  if (args.includes(null)) return null;
  const [a = "", b = "", c = ""] = args.map((arg) => arg ?? "");
  if (args.length === 0) return false;
  if (args.length === 1) return a !== "";
  if (args.length === 2 && a === "-n") return b !== "";
  if (args.length === 2 && a === "-z") return b === "";
  if (args.length === 3 && b === "=") return a === c;
  if (args.length === 3 && b === "!=") return a !== c;
  return null;
}
