import type { FabricFacts, FabricManager } from "./fabricTypes";
import { absent, known, mapReading, unreadable, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf } from "./values";

/** Where NVIDIA's packages have it. */
const packaged = "/usr/share/nvidia/nvswitch/fabricmanager.cfg";

/** Files and answers of the probe 37-fabric.sh. */
export function fabricFacts(snapshot: Snapshot): FabricFacts {
  return {
    manager: manager(snapshot),
    linkBlockers: mapMarked(snapshot.answer("link-blockers"), (lines) => wordsAfter(lines, "file").sort()),
    gimSharing: gimSharing(snapshot.text("/sys/module/gim/parameters/fb_sharing_mode")),
  };
}

function manager(snapshot: Snapshot): FabricManager {
  const lines = linesOf(known(snapshot.answer("fabric-manager")) ?? "");
  const running = mapMarked(snapshot.answer("fabric-manager"), (all) => all.includes("process"));
  const configuration = wordsAfter(lines, "configuration").at(-1) ?? packaged;
  const container = lines.includes("container");
  const text = container || configuration !== packaged ? ofProcess(lines) : snapshot.text(packaged);
  const socket = setting(text, "FM_CMD_UNIX_SOCKET_PATH");
  const orders = wordsAfter(lines, "orders").at(-1);
  return {
    running, container, configuration,
    mode: numberSetting(text, "FABRIC_MODE"),
    restart: numberSetting(text, "FABRIC_MODE_RESTART"),
    stateFile: setting(text, "STATE_FILE_NAME"),
    stateSaved: wordsAfter(lines, "saved").length > 0,
    orders: socket.kind === "value" ? value("socket") : orders === "loopback" || orders === "network" ? value(orders) : absent,
    version: version(wordsAfter(lines, "package")),
  };
}

/** Settings that the probe took out of a file which only the process can name; two processes with a file each are one too many to tell. */
function ofProcess(lines: readonly string[]): Reading<string> {
  if (lines.includes("unreadable")) return unreadable("its configuration could not be read");
  if (lines.filter((line) => line === "process").length > 1) return unreadable("several fabric managers run");
  return value(wordsAfter(lines, "setting").join("\n"));
}

/** "KEY=value" of fabricmanager.cfg; the last line counts, an empty value is none. */
export function setting(configuration: Reading<string>, key: string): Reading<string> {
  if (configuration.kind !== "value") return configuration;
  const found = [...configuration.value.matchAll(/^[ \t]*([A-Z_]+)[ \t]*=[ \t]*(.*?)[ \t\r]*$/gm)].filter((match) => match[1] === key).at(-1)?.[2];
  return found === undefined || found === "" ? absent : value(found);
}

function numberSetting(configuration: Reading<string>, key: string): Reading<number> {
  const text = setting(configuration, key);
  if (text.kind !== "value") return text;
  return /^\d$/.test(text.value) ? value(Number(text.value)) : unreadable(`${key} is ${JSON.stringify(text.value)}`);
}

/** One number for all cards, or one for each, which are equal in a hive; more than one kind says nothing about any. */
function gimSharing(text: Reading<string>): Reading<number> {
  if (text.kind !== "value") return text;
  const numbers = [...new Set(text.value.trim().split(",").filter((one) => one !== ""))];
  const [only] = numbers;
  return numbers.length === 1 && only !== undefined && /^\d{1,2}$/.test(only) ? value(Number(only)) : unreadable(`fb_sharing_mode is ${JSON.stringify(text.value)}`);
}

/** "nvidia-fabricmanager-580 580.95.05-1" */
function version(packages: readonly string[]): Reading<string> {
  const found = [...new Set(packages.flatMap((line) => /^\S+ (?:\d+:)?(\d+(?:\.\d+)*)/.exec(line)?.[1] ?? []))];
  if (found.length > 1) return unreadable(`several versions are installed: ${found.sort().join(", ")}`);
  return found[0] === undefined ? absent : value(found[0]);
}

/** An answer begins with "read" where the probe could look. */
function mapMarked<T>(answer: Reading<string>, of: (lines: readonly string[]) => T): Reading<T> {
  const lines = linesOf(known(answer) ?? "");
  return lines.includes("read") ? mapReading(answer, () => of(lines)) : unreadable("it was not read");
}

function wordsAfter(lines: readonly string[], word: string): string[] {
  return lines.flatMap((line) => (line.startsWith(`${word} `) ? [line.slice(word.length + 1)] : []));
}
