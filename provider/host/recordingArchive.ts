import { createReadStream, createWriteStream } from "node:fs";
import { mkdir, realpath, symlink, writeFile } from "node:fs/promises";
import { dirname, join, normalize, relative } from "node:path";
import { pipeline } from "node:stream/promises";
import { createGunzip, createGzip } from "node:zlib";
import { extract, pack } from "tar-stream";
import { InputError } from "../errors";
import { linksIn } from "./treeLinks";

/** One file, directory or link of a recording; paths are relative. */
export type RecordedEntry =
  | { readonly kind: "directory"; readonly path: string }
  | { readonly kind: "file"; readonly path: string; readonly bytes: Uint8Array }
  | { readonly kind: "link"; readonly path: string; readonly target: string };

/** Writes a gzip-compressed tar; the same entries give the same bytes. */
export async function writeRecording(entries: Iterable<RecordedEntry>, path: string): Promise<void> {
  const archive = pack();
  const written = pipeline(archive, createGzip({ level: 9 }), createWriteStream(path, { mode: 0o600 }));
  const mtime = new Date(0);
  for (const entry of entries) {
    if (entry.kind === "directory") archive.entry({ name: `${entry.path}/`, type: "directory", mode: 0o755, mtime });
    else if (entry.kind === "link") archive.entry({ name: entry.path, type: "symlink", linkname: entry.target, mode: 0o777, mtime });
    else archive.entry({ name: entry.path, mode: 0o644, mtime }, Buffer.from(entry.bytes));
  }
  archive.finalize();
  await written;
}

/** Unpacks a recording into an empty directory. Nothing of it may lie or point outside: recordings come from strangers. */
export async function unpackRecording(path: string, directory: string): Promise<void> {
  const archive = extract();
  archive.on("entry", (header, stream, next) => {
    const name = normalize(header.name).replace(/\/$/, "");
    const chunks: Buffer[] = [];
    stream.on("data", (chunk) => chunks.push(chunk as Buffer));
    stream.on("error", next);
    stream.on("end", () => {
      place(directory, name, header.type ?? "file", header.linkname ?? "", Buffer.concat(chunks)).then(() => next(), next);
    });
  });
  try {
    await pipeline(createReadStream(path), createGunzip(), archive);
    await insistOnLinks(directory);
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("not-a-recording", `${path} is no recording made by gpuhost record: ${error instanceof Error ? error.message : String(error)}`);
  }
}

async function place(directory: string, name: string, type: string, target: string, bytes: Buffer): Promise<void> {
  if (name === "." || name === "") return;
  if (outside(name)) throw leadsOut(name);
  const path = join(directory, name);
  await mkdir(type === "directory" ? path : dirname(path), { recursive: true });
  // An earlier link may have led the folder elsewhere.
  await insist(directory, dirname(path), name);
  if (type === "symlink") await symlink(target.startsWith("/") ? join(directory, normalize(target)) : target, path);
  else if (type === "file") await writeFile(path, bytes, { flag: "wx" });
}

/** Every link that leads somewhere has to lead into the tree: judged when all are there, since one may go through another. */
async function insistOnLinks(directory: string): Promise<void> {
  for (const path of linksIn(directory)) await insist(directory, path, relative(directory, path));
}

async function insist(directory: string, path: string, name: string): Promise<void> {
  const real = await realpath(path).catch(() => undefined);
  if (real !== undefined && outside(relative(await realpath(directory), real))) throw leadsOut(name);
}

function leadsOut(name: string): InputError {
  return new InputError("not-a-recording", `the recording holds ${JSON.stringify(name)}, which lies or leads outside of it`);
}

function outside(path: string): boolean {
  const plain = normalize(path);
  return plain.startsWith("/") || plain === ".." || plain.startsWith("../");
}
