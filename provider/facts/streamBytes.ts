/**
 * Takes apart what `head -c COUNT /dev/null A B ...` printed: "==> A <==" before the bytes of A, with a newline before
 * every name but the first. A file that could not be opened has no name there. Names are taken in the order asked for, so bytes
 * that look like a name of an earlier file mislead nobody.
 */
export function parseHeads(asked: readonly string[], all: Buffer): Map<string, Uint8Array> {
  const starts: { readonly path: string; readonly header: number; readonly body: number }[] = [];
  let from = 0;
  for (const path of asked) {
    const header = Buffer.from(`==> ${path} <==\n`);
    const at = all.indexOf(header, from);
    if (at < 0) continue;
    from = at + header.length;
    starts.push({ path, header: at, body: from });
  }
  const read = new Map<string, Uint8Array>();
  starts.forEach(({ path, body }, index) => {
    const next = starts[index + 1];
    const end = next === undefined ? all.length : bodyEnd(all, body, next.header);
    read.set(path, all.subarray(body, end));
  });
  return read;
}

/** Before the next name stands one newline, or, where xargs began another head, the name of /dev/null. */
function bodyEnd(all: Buffer, body: number, header: number): number {
  const batch = all.subarray(body, header).lastIndexOf("==> /dev/null <==\n");
  return batch >= 0 ? body + batch : Math.max(body, header - 1);
}
