import { NotFollowed, shellTokens, type Token, type WordPart } from "./shellWords";

/** A variable's value; null: set to something that only running the file would tell. */
export type ShellVariables = Map<string, string | null>;

/** Whether a command succeeded; null: not known. */
type Status = boolean | null;

/**
 * Follows a file of assignments as `. FILE` under `set -e` would in dash and bash alike, and changes `variables`. Both branches of a
 * condition that cannot be decided from text alone are followed, and what they leave different becomes unknown.
 * Throws NotFollowed for everything else: loops, functions, pipes, commands.
 */
export function sourceShell(text: string, variables: ShellVariables): void {
  const reader = new Reader(shellTokens(text));
  reader.list(variables, []);
  reader.end();
}

class Reader {
  #at = 0;

  constructor(private readonly tokens: readonly Token[]) {}

  end(): void {
    if (this.#at < this.tokens.length) throw new NotFollowed("a word that closes nothing");
  }

  /** Commands up to one of the reserved words, which is not consumed. */
  list(variables: ShellVariables, closing: readonly string[], condition = false): Status {
    let status: Status = true;
    for (;;) {
      while (this.#operator(";") || this.#operator("\n")) continue;
      const next = this.tokens[this.#at];
      if (next === undefined || closing.includes(this.#reserved(next))) return status;
      status = this.#andOr(variables, condition);
    }
  }

  #andOr(variables: ShellVariables, condition: boolean): Status {
    let status = this.#command(variables);
    let alone = true;
    for (;;) {
      const and = this.#operator("&&");
      if (!and && !this.#operator("||")) break;
      alone = false;
      while (this.#operator("\n")) continue;
      const branch: ShellVariables = new Map(variables);
      const right = this.#command(branch);
      const runs = status === null ? null : and === status;
      if (runs !== false) {
        merge(variables, branch, runs === null);
        status = runs === null ? null : right;
      }
    }
    if (alone && status === false && !condition) throw new NotFollowed("a command that fails ends the file under set -e");
    const next = this.tokens[this.#at];
    if (next?.kind === "operator" && next.text !== ";" && next.text !== "\n") throw new NotFollowed(`the operator ${next.text}`);
    return status;
  }

  #command(variables: ShellVariables): Status {
    const first = this.tokens[this.#at];
    if (first === undefined || first.kind === "operator") throw new NotFollowed(`a command that begins with ${first?.text ?? "nothing"}`);
    const word = this.#reserved(first);
    if (word === "if") return this.#condition(variables);
    if (/^(for|while|until|case|select|function|then|elif|else|fi|do|done|esac|\{|\}|!|\[\[)$/.test(word)) throw new NotFollowed(`the word ${word}`);
    const words: (readonly WordPart[])[] = [];
    for (let token = this.tokens[this.#at]; token?.kind === "word"; token = this.tokens[++this.#at]) words.push(token.parts);
    return simpleCommand(words, variables);
  }

  #condition(variables: ShellVariables): Status {
    const outcomes: ShellVariables[] = [];
    let decided = false;
    let word = "if";
    while (word === "if" || word === "elif") {
      this.#at++;
      const status = this.list(variables, ["then"], true);
      this.#expect("then");
      const branch: ShellVariables = new Map(variables);
      this.list(branch, ["elif", "else", "fi"]);
      if (!decided && status !== false) outcomes.push(branch);
      decided ||= status === true;
      word = this.#reserved(this.tokens[this.#at]);
    }
    const otherwise: ShellVariables = new Map(variables);
    if (word === "else") {
      this.#at++;
      this.list(otherwise, ["fi"]);
    }
    this.#expect("fi");
    if (!decided) outcomes.push(otherwise);
    const [only, ...others] = outcomes;
    if (only !== undefined) merge(variables, only, false);
    for (const other of others) merge(variables, other, true);
    return true;
  }

  #operator(text: string): boolean {
    const token = this.tokens[this.#at];
    const here = token?.kind === "operator" && token.text === text;
    if (here) this.#at++;
    return here;
  }

  #expect(word: string): void {
    const token = this.tokens[this.#at++];
    if (token === undefined || this.#reserved(token) !== word) throw new NotFollowed(`${word} is missing`);
  }

  /** The word as text when no part of it is quoted: only such a word is reserved. */
  #reserved(token: Token | undefined): string {
    if (token?.kind !== "word") return "";
    return token.parts.every((part) => part.kind === "text" && !part.quoted) ? token.parts.map((part) => (part.kind === "text" ? part.text : "")).join("") : "";
  }
}

/** Takes over another branch's values: wholly, or, where either may have run, only what is equal in both. */
function merge(into: ShellVariables, branch: ShellVariables, either: boolean): void {
  for (const name of new Set([...into.keys(), ...branch.keys()])) {
    const [here, there] = [into.get(name) ?? (into.has(name) ? null : ""), branch.get(name) ?? (branch.has(name) ? null : "")];
    into.set(name, either && here !== there ? null : there);
  }
}

function simpleCommand(words: readonly (readonly WordPart[])[], variables: ShellVariables): Status {
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
  if (part.operator === ":-" || part.operator === "-") return counts ? (set ?? "") : part.word;
  if (part.operator === ":+" || part.operator === "+") return counts ? part.word : "";
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
