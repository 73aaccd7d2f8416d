import { simpleCommand, type ShellVariables, type Status } from "./shellCommand";
import { NotFollowed, shellTokens, type Token, type WordPart } from "./shellWords";

export type { ShellVariables };

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
      while (this.#operator("\n")) continue;
      const next = this.tokens[this.#at];
      if (next === undefined || closing.includes(this.#reserved(next))) return status;
      status = this.#andOr(variables, condition);
      this.#operator(";");
    }
  }

  /** Under set -e a failing command ends the file, unless && or || follows it or it is part of a condition. */
  #andOr(variables: ShellVariables, condition: boolean): Status {
    let status = this.#pipeline(variables, condition || this.#joined());
    let mayEnd = !this.#continues() && status !== true;
    while (this.#continues()) {
      const and = this.#operator("&&");
      if (!and) this.#operator("||");
      while (this.#operator("\n")) continue;
      const branch: ShellVariables = new Map(variables);
      const right = this.#pipeline(branch, condition || this.#joined());
      const runs = status === null ? null : and === status;
      mayEnd = !this.#continues() && runs !== false && right !== true;
      if (runs !== false) {
        merge(variables, branch, runs === null);
        status = runs === null ? null : right;
      }
    }
    if (mayEnd && !condition) throw new NotFollowed("a command that may fail, and then end the file under set -e");
    const next = this.tokens[this.#at];
    if (next?.kind === "operator" && next.text !== ";" && next.text !== "\n") throw new NotFollowed(`the operator ${next.text}`);
    return status;
  }

  #continues(): boolean {
    return this.#is("&&") || this.#is("||");
  }

  /** Every part of a pipe runs in a shell of its own and sets nothing here. */
  #pipeline(variables: ShellVariables, condition: boolean): Status {
    const first: ShellVariables = new Map(variables);
    const status = this.#command(first, condition || this.#joined());
    if (!this.#is("|")) {
      merge(variables, first, false);
      return status;
    }
    if (!condition) throw new NotFollowed("a pipe");
    while (this.#operator("|")) {
      while (this.#operator("\n")) continue;
      this.#command(new Map(variables), true);
    }
    return null;
  }

  /** Whether the command here is followed by && or ||, and so may fail. */
  #joined(): boolean {
    const next = this.tokens.slice(this.#at).find((token) => token.kind === "operator" && token.text !== "<" && token.text !== ">" && token.text !== "&");
    return next?.kind === "operator" && (next.text === "&&" || next.text === "||" || next.text === "|");
  }

  #command(variables: ShellVariables, condition: boolean): Status {
    const first = this.tokens[this.#at];
    if (first === undefined || first.kind === "operator") throw new NotFollowed(`a command that begins with ${first?.text ?? "nothing"}`);
    const word = this.#reserved(first);
    if (word === "if") return this.#condition(variables);
    if (word === "!") {
      this.#at++;
      const status = this.#command(variables, true);
      // A negated command never ends the file.
      return !condition ? true : status === null ? null : !status;
    }
    if (/^(for|while|until|case|select|function|then|elif|else|fi|do|done|esac|\{|\}|\[\[)$/.test(word)) throw new NotFollowed(`the word ${word}`);
    const words: (readonly WordPart[])[] = [];
    for (let token = this.tokens[this.#at]; token !== undefined; token = this.tokens[this.#at]) {
      if (token.kind === "word") words.push(token.parts);
      else if (token.text === ">" || token.text === "<") this.#redirection(words);
      else break;
      this.#at++;
    }
    return simpleCommand(words, variables, condition);
  }

  /** Where output goes does not matter here; a number in front of it is a file descriptor, no argument. Ends on the file's name. */
  #redirection(words: (readonly WordPart[])[]): void {
    const before = words.at(-1);
    if (before !== undefined && before.length === 1 && before[0]?.kind === "text" && /^[0-9]$/.test(before[0].text)) words.pop();
    do this.#at++;
    while ([">", "&"].some((text) => this.#is(text)));
    if (this.tokens[this.#at]?.kind !== "word") throw new NotFollowed("a here-document");
  }

  #is(text: string): boolean {
    const token = this.tokens[this.#at];
    return token?.kind === "operator" && token.text === text;
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
    const here = this.#is(text);
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
