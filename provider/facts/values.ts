import { MalformedFactError } from "../errors";
import { absent, mapReading, unreadable, type Reading } from "./reading";

/** Says which file has a text that its documentation does not allow. */
export function malformed(path: string, text: string, expected: string): MalformedFactError {
  return new MalformedFactError("malformed-fact", `${path} holds ${JSON.stringify(text.slice(0, 200))}, which is not ${expected}`);
}

/** Attributes are never empty on a host; in a recording an empty file is one that could not be read there. */
function filled(reading: Reading<string>): Reading<string> {
  return reading.kind === "value" && reading.value.trim() === "" ? unreadable("the file is empty") : reading;
}

/** "0x10de" with exactly `digits` hex digits, as sysfs prints ids; without the prefix, lower case. */
export function hexId(reading: Reading<string>, path: string, digits: number): Reading<string> {
  return mapReading(filled(reading), (text) => {
    const match = new RegExp(`^(?:0x)?([0-9a-fA-F]{${digits}})$`).exec(text.trim());
    if (match?.[1] === undefined) throw malformed(path, text, `a number of ${digits} hex digits`);
    return match[1].toLowerCase();
  });
}

export function integer(reading: Reading<string>, path: string): Reading<number> {
  return mapReading(filled(reading), (text) => {
    if (!/^-?\d{1,15}$/.test(text.trim())) throw malformed(path, text, "a decimal number");
    return Number(text.trim());
  });
}

/** A kernel boolean: 1/0 or Y/N. */
export function flag(reading: Reading<string>, path: string): Reading<boolean> {
  return mapReading(filled(reading), (text) => {
    const word = text.trim();
    if (/^(1|Y|y)$/.test(word)) return true;
    if (/^(0|N|n)$/.test(word)) return false;
    throw malformed(path, text, "Y, N, 1 or 0");
  });
}

/** Empty text means the same as no file. */
export function nonEmpty(reading: Reading<string>): Reading<string> {
  const trimmed = mapReading(reading, (text) => text.trim());
  return trimmed.kind === "value" && trimmed.value === "" ? absent : trimmed;
}

/** The first reading that has a value, else the first that is not absent. */
export function firstOf<T>(...readings: readonly Reading<T>[]): Reading<T> {
  return readings.find((reading) => reading.kind === "value") ?? readings.find((reading) => reading.kind === "unreadable") ?? absent;
}

export function lastSegment(path: string): string {
  return path.slice(path.lastIndexOf("/") + 1);
}

/** Lines of a text; an empty text has none. */
export function linesOf(text: string): string[] {
  return text === "" ? [] : text.split("\n");
}

