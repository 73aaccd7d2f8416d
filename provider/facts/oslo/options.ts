import type { IniFile } from "./iniFile";

/** Where an option may stand: [group]name. Group names are compared without case, but DEFAULT must be written so. */
export interface OptionName {
  readonly group: string;
  readonly name: string;
}

export interface OsloOption extends OptionName {
  /** Names of earlier releases that are still read. */
  readonly deprecated: readonly OptionName[];
}

export interface ParsedFile {
  readonly path: string;
  readonly ini: IniFile;
}

export interface OptionValue {
  readonly value: string;
  /** File it stands in. */
  readonly file: string;
  readonly name: OptionName;
}

/**
 * Values of an option that accumulates (MultiStrOpt): those of all files in the order in which they are read and, within one file, the deprecated names
 * first, the oldest name of all at the front, whatever their lines (oslo_config/cfg.py, _Namespace._get_file_value).
 */
export function multiValues(files: readonly ParsedFile[], option: OsloOption): OptionValue[] {
  const names: OptionName[] = [...[...option.deprecated].reverse(), { group: option.group, name: option.name }];
  return files.flatMap((file) => names.flatMap((name) => valuesOf(file, name)));
}

/**
 * Every value of a scalar option, the one that counts last: a later file beats an earlier one; within a file the present name beats a
 * deprecated one, and of one name the last line counts.
 */
export function scalarValues(files: readonly ParsedFile[], option: OsloOption): OptionValue[] {
  return multiValues(files, option);
}

function valuesOf(file: ParsedFile, name: OptionName): OptionValue[] {
  return file.ini.assignments
    .filter((assignment) => normal(assignment.section) === normal(name.group) && assignment.key === name.name)
    .map(({ value }) => ({ value: substituted(value), file: file.path, name }));
}

function normal(group: string): string {
  return group === "DEFAULT" ? group : group.toLowerCase();
}

/** `$$` and `\$` are a dollar; `$option` would be another option's value, which is left as it stands (string.Template.safe_substitute). */
export function substituted(value: string): string {
  return value.replaceAll("\\$", "$$$$").replaceAll("$$", "$");
}

/** Names of options that a value takes in: `$my_ip`, `${pci.alias}`. One that no code registers stops the service. */
export function references(value: string): string[] {
  const names = value.replaceAll("\\$", "$$$$").replaceAll("$$", "").matchAll(/\$(?:([_a-z][._a-z0-9]*)|\{([_a-z][._a-z0-9]*)\})/gi);
  return [...names].map((match) => match[1] ?? match[2] ?? "");
}

/** As types.Boolean reads a text; undefined stops the service. */
export function booleanOf(text: string): boolean | undefined {
  const word = text.trim().toLowerCase();
  if (["true", "1", "on", "yes"].includes(word)) return true;
  return ["false", "0", "off", "no"].includes(word) ? false : undefined;
}

/** As types.List reads a text: entries between commas, without the blanks around them. */
export function listOf(text: string): string[] {
  return text.trim() === "" ? [] : text.split(",").map((entry) => entry.trim());
}
