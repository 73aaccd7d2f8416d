import { mapReading, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { linesOf, malformed } from "./values";

export interface Mount {
  /** "MAJOR:MINOR". */
  readonly device: string;
  /** What of the file system is mounted; "/" is all of it. */
  readonly root: string;
  readonly mountPoint: string;
  readonly fileSystem: string;
  readonly source: string;
}

const path = "/proc/self/mountinfo";

/** Mounts of devices (proc(5), mountinfo); file servers and virtual file systems are not among them. */
export function mountTable(snapshot: Snapshot): Reading<readonly Mount[]> {
  return mapReading(snapshot.text(path), (text) => linesOf(text).map(mount));
}

function mount(line: string): Mount {
  const [before = "", after = ""] = line.split(" - ");
  const [, , device, root, mountPoint] = before.split(" ");
  const [fileSystem, source] = after.split(" ");
  if (device === undefined || !/^\d+:\d+$/.test(device) || root === undefined || mountPoint === undefined || fileSystem === undefined || source === undefined) {
    throw malformed(path, line, "a line of mountinfo");
  }
  return { device, root: unescape(root), mountPoint: unescape(mountPoint), fileSystem, source: unescape(source) };
}

/** Blanks and backslashes are written as octal. */
function unescape(text: string): string {
  return text.replace(/\\([0-7]{3})/g, (_, octal: string) => String.fromCharCode(Number.parseInt(octal, 8)));
}
