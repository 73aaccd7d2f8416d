import { pythonString } from "./pythonString";

const number = /^(?:0[xX](?:_?[0-9a-fA-F])+|0[oO](?:_?[0-7])+|0[bB](?:_?[01])+|(?:(?:[0-9](?:_?[0-9])*)?\.[0-9](?:_?[0-9])*|[0-9](?:_?[0-9])*\.?)(?:[eE][+-]?[0-9](?:_?[0-9])*)?)/;
const words: Readonly<Record<string, unknown>> = { True: true, False: false, None: null };

/** Nothing this reads as a literal. */
class NoLiteral extends Error {}

/**
 * The value that Ansible makes of a value in an INI inventory: what Python's ast.literal_eval makes of it, tuples and sets as lists, else the text
 * itself. So 22 is a number, "22" between quotes a text, True true and true a text. Complex numbers stay texts.
 */
export function pythonLiteral(text: string): unknown {
  const reader = new Reader(text);
  try {
    return reader.whole();
  } catch (error) {
    if (error instanceof NoLiteral) return text;
    throw error;
  }
}

class Reader {
  #rest: string;

  constructor(text: string) {
    this.#rest = text.replace(/^[ \t]+/, "");
  }

  /** A value, or values with commas between them. */
  whole(): unknown {
    const value = this.value();
    if (!this.#next(",")) return this.#atEnd(value);
    const all = [value];
    while (!this.#ended()) {
      all.push(this.value());
      if (!this.#next(",")) break;
    }
    return this.#atEnd(all);
  }

  value(): unknown {
    this.#skip();
    const string = this.#strings();
    if (string !== undefined) return string;
    if (this.#next("[")) return this.#items("]");
    if (this.#next("(")) return this.#tuple();
    if (this.#next("{")) return this.#mapOrSet();
    const name = /^[A-Za-z_][A-Za-z0-9_]*/.exec(this.#rest)?.[0];
    if (name !== undefined && Object.hasOwn(words, name)) return this.#take(name.length, words[name]);
    if (this.#next("set") && this.#next("(") && this.#next(")")) return [];
    if (this.#next("...")) return "...";
    return this.#number();
  }

  #number(): number {
    const sign = this.#next("-") ? -1 : this.#next("+") ? 1 : 1;
    this.#skip();
    const digits = number.exec(this.#rest)?.[0];
    if (digits === undefined) throw new NoLiteral();
    const plain = digits.replaceAll("_", "");
    // 007 is no number in Python; 0, 00 and 007.5 are.
    if (/^0[0-9]*[1-9][0-9]*$/.test(plain) || /^[A-Za-z0-9_.]/.test(this.#rest.slice(digits.length))) throw new NoLiteral();
    return this.#take(digits.length, sign * Number(plain));
  }

  /** Strings beside each other are one. */
  #strings(): string | undefined {
    let all: string | undefined;
    let bytes: boolean | undefined;
    for (let one = pythonString(this.#rest); one !== undefined; one = pythonString(this.#rest)) {
      if (one.isBytes !== (bytes ??= one.isBytes)) throw new NoLiteral();
      all = (all ?? "") + one.value;
      this.#take(one.length, undefined);
      this.#skip();
    }
    return all;
  }

  #items(close: string): unknown[] {
    const all: unknown[] = [];
    while (!this.#next(close)) {
      all.push(this.value());
      if (this.#next(",")) continue;
      if (!this.#next(close)) throw new NoLiteral();
      break;
    }
    return all;
  }

  #tuple(): unknown {
    if (this.#next(")")) return [];
    const first = this.value();
    if (this.#next(")")) return first;
    if (!this.#next(",")) throw new NoLiteral();
    return [first, ...this.#items(")")];
  }

  #mapOrSet(): unknown {
    if (this.#next("}")) return {};
    const first = this.value();
    if (!this.#next(":")) return this.#next("}") ? [first] : this.#set(first);
    const entries: [string, unknown][] = [[key(first), this.value()]];
    while (!this.#next("}")) {
      if (!this.#next(",")) throw new NoLiteral();
      if (this.#next("}")) break;
      const name = key(this.value());
      if (!this.#next(":")) throw new NoLiteral();
      entries.push([name, this.value()]);
    }
    return Object.fromEntries(entries);
  }

  #set(first: unknown): unknown[] {
    if (!this.#next(",")) throw new NoLiteral();
    return [first, ...this.#items("}")];
  }

  #atEnd<T>(value: T): T {
    if (!this.#ended()) throw new NoLiteral();
    return value;
  }

  #ended(): boolean {
    this.#skip();
    return this.#rest === "";
  }

  #next(token: string): boolean {
    this.#skip();
    if (!this.#rest.startsWith(token)) return false;
    this.#rest = this.#rest.slice(token.length);
    return true;
  }

  #take<T>(length: number, value: T): T {
    this.#rest = this.#rest.slice(length);
    return value;
  }

  /** Between tokens: blanks, and a comment up to the end. */
  #skip(): void {
    this.#rest = this.#rest.replace(/^[ \t\f]+/, "").replace(/^#.*$/s, "");
  }
}

function key(of: unknown): string {
  if (typeof of !== "string" && typeof of !== "number") throw new NoLiteral();
  return String(of);
}
