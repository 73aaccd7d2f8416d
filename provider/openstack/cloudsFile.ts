import { existsSync, readFileSync } from "node:fs";
import { homedir } from "node:os";
import { join } from "node:path";
import { parse, YAMLParseError } from "yaml";
import { CloudAuthError } from "../errors";

/** Settings as a clouds.yaml spells them. */
export type Section = Readonly<Record<string, unknown>>;

/** What the settings are read from; tests give their own. */
export interface Surroundings {
  readonly environment: Readonly<Record<string, string | undefined>>;
  readonly directory: string;
  readonly home: string;
}

export function surroundings(): Surroundings {
  return { environment: process.env, directory: process.cwd(), home: homedir() };
}

/** Clouds by name, from the first clouds.yaml found, with secure.yaml laid over it; and the file, for messages. */
export interface CloudsFile {
  readonly path: string;
  readonly clouds: ReadonlyMap<string, Section>;
}

/**
 * In the order of openstacksdk: the file that OS_CLIENT_CONFIG_FILE names, then ./, ~/.config/openstack/, /etc/openstack/ with the
 * endings .yaml, .yml, .json. Only the first is read. Undefined where there is none.
 */
export function readCloudsFile(around: Surroundings): CloudsFile | undefined {
  const named = around.environment.OS_CLIENT_CONFIG_FILE;
  if (named !== undefined && named !== "" && !existsSync(named)) {
    throw new CloudAuthError("no-clouds-file", `OS_CLIENT_CONFIG_FILE names ${named}, and there is no such file. Nothing was asked of any cloud.`);
  }
  const path = named || firstOf("clouds", around);
  if (path === undefined) return undefined;
  const secure = around.environment.OS_CLIENT_SECURE_FILE || firstOf("secure", around);
  const secrets = secure === undefined ? {} : cloudsIn(secure);
  const clouds = Object.entries(cloudsIn(path)).map(([name, cloud]): [string, Section] => {
    const merged = merge(cloud, secrets[name] ?? {});
    return [name, isSection(merged) ? merged : {}];
  });
  return { path, clouds: new Map(clouds) };
}

function firstOf(stem: string, around: Surroundings): string | undefined {
  const directories = [around.directory, join(around.environment.XDG_CONFIG_HOME || join(around.home, ".config"), "openstack"), "/etc/openstack"];
  return directories.flatMap((directory) => ["yaml", "yml", "json"].map((ending) => join(directory, `${stem}.${ending}`))).find((path) => existsSync(path));
}

function cloudsIn(path: string): Section {
  const content = parseFile(path);
  const clouds = isSection(content) ? content.clouds ?? {} : undefined;
  if (!isSection(clouds)) throw new CloudAuthError("clouds-file", `${path}: "clouds" is not a map of names to settings.`);
  return clouds;
}

/** JSON is YAML. The parser's own message quotes the line, which may hold a password: only its place is said. */
function parseFile(path: string): unknown {
  try {
    return parse(readFileSync(path, "utf8"));
  } catch (cause) {
    const place = cause instanceof YAMLParseError ? `line ${cause.linePos?.[0].line ?? "?"}, ${cause.code}` : (cause as NodeJS.ErrnoException).code ?? "not YAML";
    throw new CloudAuthError("clouds-file", `${path} cannot be read (${place}). Nothing was asked of any cloud.`);
  }
}

export function isSection(of: unknown): of is Section {
  return typeof of === "object" && of !== null && !Array.isArray(of);
}

function merge(below: unknown, above: unknown): unknown {
  if (!isSection(below) || !isSection(above)) return above;
  const names = new Set([...Object.keys(below), ...Object.keys(above)]);
  return Object.fromEntries([...names].map((name) => [name, name in above && name in below ? merge(below[name], above[name]) : (above[name] ?? below[name])]));
}
