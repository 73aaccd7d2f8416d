/** Thrown where a file does more than this reader follows: what it sets is then not known. */
export class NotFollowed extends Error {}

/** One piece of a word: fixed text, a variable with its default or alternative, or something only a shell could tell. */
export type WordPart =
  | { readonly kind: "text"; readonly text: string; readonly quoted: boolean }
  | { readonly kind: "variable"; readonly name: string; readonly operator: ":-" | "-" | ":+" | "+" | null; readonly word: readonly WordPart[] }
  | { readonly kind: "unknown" };

export type Token = { readonly kind: "word"; readonly parts: readonly WordPart[] } | { readonly kind: "operator"; readonly text: string };

/**
 * Splits shell text into words and operators the way dash and bash agree on (POSIX shell, 2.2 quoting and 2.3 token recognition).
 * Command substitutions become unknown parts. Unterminated quotes and forms in which the two shells differ are not followed.
 */
export function shellTokens(text: string): Token[] {
  return new Lexer(text).tokens();
}

const operators = ["&&", "||", ";;", ";", "\n", "&", "|", "(", ")", "<", ">"];

class Lexer {
  #at = 0;

  constructor(private readonly text: string) {}

  tokens(): Token[] {
    const tokens: Token[] = [];
    for (;;) {
      while (this.#peek() === " " || this.#peek() === "\t" || this.#continuation()) this.#at++;
      if (this.#peek() === "#") while (this.#at < this.text.length && this.#peek() !== "\n") this.#at++;
      if (this.#at >= this.text.length) return tokens;
      const operator = operators.find((one) => this.text.startsWith(one, this.#at));
      if (operator !== undefined) {
        this.#at += operator.length;
        tokens.push({ kind: "operator", text: operator });
      } else tokens.push({ kind: "word", parts: this.#word() });
    }
  }

  #peek(ahead = 0): string {
    return this.text[this.#at + ahead] ?? "";
  }

  /** A backslash before a line break joins the lines; the position is then on the line break. */
  #continuation(): boolean {
    if (this.#peek() !== "\\" || this.#peek(1) !== "\n") return false;
    this.#at++;
    return true;
  }

  #word(): WordPart[] {
    const parts: WordPart[] = [];
    for (let c = this.#peek(); c !== "" && !/[ \t\n;&|()<>]/.test(c); c = this.#peek()) {
      if (c === "'") parts.push({ kind: "text", text: this.#until("'"), quoted: true });
      else if (c === '"') this.#doubleQuoted(parts);
      else if (this.#continuation()) this.#at++;
      else if (c === "\\") {
        if (this.#peek(1) === "") throw new NotFollowed("a backslash at the end");
        parts.push({ kind: "text", text: this.#peek(1), quoted: true });
        this.#at += 2;
      } else if (c === "$" || c === "`") parts.push(this.#expansion(false));
      else {
        parts.push({ kind: "text", text: c, quoted: false });
        this.#at++;
      }
    }
    return parts;
  }

  /** Text up to the closing character; the position ends after it. */
  #until(close: string): string {
    const end = this.text.indexOf(close, this.#at + 1);
    if (end < 0) throw new NotFollowed(`a ${close} is never closed`);
    const inside = this.text.slice(this.#at + 1, end);
    this.#at = end + 1;
    return inside;
  }

  #doubleQuoted(parts: WordPart[]): void {
    this.#at++;
    parts.push({ kind: "text", text: "", quoted: true });
    for (let c = this.#peek(); c !== '"'; c = this.#peek()) {
      if (c === "") throw new NotFollowed('a " is never closed');
      if (this.#continuation()) this.#at++;
      else if (c === "\\" && /[$`"\\]/.test(this.#peek(1))) {
        parts.push({ kind: "text", text: this.#peek(1), quoted: true });
        this.#at += 2;
      } else if (c === "$" || c === "`") parts.push(this.#expansion(true));
      else {
        parts.push({ kind: "text", text: c, quoted: true });
        this.#at++;
      }
    }
    this.#at++;
  }

  #expansion(quoted: boolean): WordPart {
    if (this.#peek() === "`") {
      this.#backquoted();
      return { kind: "unknown" };
    }
    const next = this.#peek(1);
    if (next === "(") return this.#substitution();
    if (next === "{") return this.#braced(quoted);
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.text.slice(this.#at + 1, this.#at + 101))?.[0];
    if (name !== undefined) {
      this.#at += 1 + name.length;
      return { kind: "variable", name, operator: null, word: [] };
    }
    if (!quoted && (next === "'" || next === '"')) throw new NotFollowed("$'...' means different things to dash and bash");
    this.#at++;
    if (/[0-9@*#?$!-]/.test(next)) {
      this.#at++;
      return { kind: "unknown" };
    }
    return { kind: "text", text: "$", quoted: true };
  }

  #backquoted(): void {
    for (this.#at++; this.#peek() !== "`"; this.#at++) {
      if (this.#peek() === "") throw new NotFollowed("a ` is never closed");
      if (this.#peek() === "\\") this.#at++;
    }
    this.#at++;
  }

  /** $( ... ): to the bracket that closes it, quotes inside respected. */
  #substitution(): WordPart {
    this.#at += 2;
    for (let depth = 1; depth > 0; ) {
      const c = this.#peek();
      if (c === "") throw new NotFollowed("a $( is never closed");
      if (c === "'") this.#until("'");
      else if (c === '"') this.#doubleQuoted([]);
      else {
        if (c === "\\") this.#at++;
        if (c === "(") depth++;
        if (c === ")") depth--;
        this.#at++;
      }
    }
    return { kind: "unknown" };
  }

  /** ${name}, or with a default or an alternative, which may hold expansions itself. */
  #braced(quoted: boolean): WordPart {
    const match = /^\$\{([A-Za-z_][A-Za-z0-9_]*)(:-|-|:\+|\+)?/.exec(this.text.slice(this.#at, this.#at + 100));
    if (match === null) throw new NotFollowed("an expansion in braces that is more than a default");
    this.#at += match[0].length;
    const operator = match[2];
    if (operator === undefined && this.#peek() !== "}") throw new NotFollowed("an expansion in braces that is more than a default");
    const word: WordPart[] = [];
    for (let c = this.#peek(); c !== "}"; c = this.#peek()) {
      if (c === "$" || c === "`") word.push(this.#expansion(quoted));
      else if (c === "" || /["'\\\n{]/.test(c)) throw new NotFollowed("quotes inside an expansion in braces");
      else {
        word.push({ kind: "text", text: c, quoted: true });
        this.#at++;
      }
    }
    this.#at++;
    return { kind: "variable", name: match[1] ?? "", operator: operator === ":-" || operator === "-" || operator === ":+" || operator === "+" ? operator : null, word };
  }
}
