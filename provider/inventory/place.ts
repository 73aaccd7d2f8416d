import { InputError } from "../errors";

/** Where something stands in the inventory or in a file beside it. */
export interface Place {
  readonly file: string;
  /** The first line is 1. */
  readonly line: number;
}

/** A value with the place that said it last. */
export interface Variable {
  readonly value: unknown;
  readonly place: Place;
}

export function shownPlace({ file, line }: Place): string {
  return `${file}:${line}`;
}

/** What cannot be read as Ansible reads it. No value is ever part of the reason: it may be a secret. */
export function unreadableAt(place: Place, reason: string): InputError {
  return new InputError("inventory", `${shownPlace(place)}: ${reason}`);
}
