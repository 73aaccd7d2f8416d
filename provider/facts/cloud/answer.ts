import { malformed } from "../values";
import type { MalformedFactError } from "../../errors";

/**
 * A part of a service's answer, and the way that leads to it for messages: "Nova GET /os-services services[3].host". Every read says
 * what it expects; what is of another form is a MalformedFactError, never a default.
 */
export class Part {
  constructor(
    readonly way: string,
    readonly value: unknown,
  ) {}

  at(name: string): Part {
    return new Part(`${this.way}.${name}`, this.#object()[name]);
  }

  list(): Part[] {
    if (!Array.isArray(this.value)) throw this.#not("a list");
    return this.value.map((item: unknown, index) => new Part(`${this.way}[${index}]`, item));
  }

  /** Names and parts of a map, sorted by name. */
  entries(): [string, Part][] {
    return Object.entries(this.#object()).sort(([a], [b]) => (a < b ? -1 : 1)).map(([name, item]) => [name, new Part(`${this.way}.${name}`, item)]);
  }

  text(): string {
    if (typeof this.value !== "string") throw this.#not("a text");
    return this.value;
  }

  number(): number {
    if (typeof this.value !== "number") throw this.#not("a number");
    return this.value;
  }

  boolean(): boolean {
    if (typeof this.value !== "boolean") throw this.#not("true or false");
    return this.value;
  }

  /** One of the words given, whatever its case here; in the case given. */
  word<W extends string>(...words: readonly W[]): W {
    const text = this.text().toLowerCase();
    const found = words.find((word) => word.toLowerCase() === text);
    if (found === undefined) throw this.#not(words.map((word) => `"${word}"`).join(" or "));
    return found;
  }

  /** Null for null and for a field that is not there. */
  orNull<T>(read: (part: Part) => T): T | null {
    return this.value === null || this.value === undefined ? null : read(this);
  }

  #object(): Readonly<Record<string, unknown>> {
    if (typeof this.value !== "object" || this.value === null || Array.isArray(this.value)) throw this.#not("an object");
    return this.value as Readonly<Record<string, unknown>>;
  }

  #not(expected: string): MalformedFactError {
    return malformed(this.way, JSON.stringify(this.value) ?? "nothing", expected);
  }
}
