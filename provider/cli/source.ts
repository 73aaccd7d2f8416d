import { InputError } from "../errors";
import type { TreeSnapshot } from "../facts/treeSnapshot";
import type { Reading } from "../facts/reading";
import { localShell } from "../host/localShell";
import { readSnapshot } from "../host/observe";
import type { Shell } from "../host/shell";

/** Where the facts come from: at most one; none is this machine. */
export interface Source {
  readonly root?: string;
  readonly host?: string;
  readonly recording?: string;
}

export interface Read {
  /** What people call it: the host, or the path of the recording. */
  readonly name: string;
  readonly snapshot: TreeSnapshot;
  readonly hostKey: Reading<string>;
}

/** One reading of the source. Throws a GpuhostError that says why it could not be read. */
export async function readSource(source: Source): Promise<Read> {
  if (source.host !== undefined) {
    if (source.recording !== undefined) throw new InputError("usage", "give --host or a recording, not both");
    const { openSshShell } = await import("../host/ssh/openSshShell.js");
    return readShell(await openSshShell({ host: source.host }), {});
  }
  const path = source.root ?? source.recording;
  if (path === undefined) return readShell(localShell("this machine"), { GPUHOST_ROOT: "" });
  const { openRecording } = await import("../host/recordedHost.js");
  const tree = await openRecording(path);
  try {
    return await readShell(localShell(path), { GPUHOST_ROOT: tree.root });
  } finally {
    await tree.close();
  }
}

async function readShell(shell: Shell, environment: Readonly<Record<string, string>>): Promise<Read> {
  try {
    return { name: shell.name, snapshot: await readSnapshot(shell, environment), hostKey: shell.hostKey };
  } finally {
    await shell.close();
  }
}
