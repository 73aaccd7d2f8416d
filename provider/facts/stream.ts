import { MalformedFactError } from "../errors";
import { parseHeads } from "./streamBytes";
import { StreamSections } from "./streamSections";
import { TreeSnapshot } from "./treeSnapshot";

const blobMark = Buffer.from("\n== blob\n");

/**
 * What the reading script prints (host/probes/00-prelude.sh), as one tree. Sections begin with "== KIND":
 *
 *   == files      paths that were asked for, one a line; a pattern that matched nothing stays a pattern
 *   == each D     attributes on one line, then names, one a line: these attributes of each of them below the directory D
 *   == lines      what grep -H says of them: "path:line" or "grep: path: reason"; after "each" paths are relative to D
 *   == uevents D  "NAME/uevent:KEY=VALUE": of each function its class, its two ids and its modalias
 *   == links      ls -lnd
 *   == names      "D path" a directory, "N path" something in one, "U path" a directory that may not be read
 *   == answer X   lines after a "|"
 *   == raw N      paths; then == blob with what head -c prints of them, which is no text, up to == whole N
 *   == end        without it the stream is not whole
 *
 * A file in gpuhost/answers is the answer of a recording.
 */
export function parseStream(stdout: Uint8Array, host: string): TreeSnapshot {
  const all = Buffer.from(stdout.buffer, stdout.byteOffset, stdout.byteLength);
  const blob = all.indexOf(blobMark);
  const lines = all.toString("utf8", 0, blob < 0 ? all.length : blob).split("\n");
  const begin = lines.indexOf("== gpuhost-observe 1");
  if (begin < 0) throw new MalformedFactError("malformed-stream", `${host}: the reading script did not start; the host said: ${excerpt(lines)}`, host);
  const last = blob < 0 ? lines.lastIndexOf("== end") : lines.length;
  const snapshot = new TreeSnapshot();
  const sections = new StreamSections(snapshot, host);
  const cut = (): MalformedFactError =>
    new MalformedFactError("truncated-stream", `${host}: the reading was cut short after ${stdout.byteLength} bytes, so nothing of it is used. Run it again.`, host);
  if (last < begin) throw cut();
  for (let at = begin + 1; at < last; at++) sections.line(lines[at] ?? "");
  const { asked, number } = sections.finish();
  if (blob < 0) return snapshot;
  const end = all.lastIndexOf(`\n== whole ${number}\n== end\n`);
  if (end < blob) throw cut();
  const read = parseHeads(asked, all.subarray(blob + blobMark.length, end));
  for (const path of asked) {
    const bytes = read.get(path);
    if (bytes !== undefined) snapshot.addBytes(`/${path}`, bytes);
    else if (!path.includes("*")) snapshot.addPath(`/${path}`).addFailure(`/${path}`, "could not be read");
  }
  return snapshot;
}

function excerpt(lines: readonly string[]): string {
  const text = lines.join(" ").trim();
  return text === "" ? "nothing" : JSON.stringify(text.slice(0, 200));
}
