import { InputError } from "../errors";

/** Refuses fields that nobody would look at: a typing error in an exception must not read as a stricter stack. */
export function onlyKnown(what: string, of: object, names: readonly string[]): void {
  const unknown = Object.keys(of).filter((name) => !names.includes(name));
  if (unknown.length === 0) return;
  throw new InputError("unknown-field", `${what}: ${unknown.map((name) => `"${name}"`).join(", ")} is not known here; known are ${names.join(", ")}.`);
}
