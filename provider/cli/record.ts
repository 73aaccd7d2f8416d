import { writeRecording } from "../host/recordingArchive";
import { recordingEntries } from "../host/record";
import { readSource } from "./source";

/** Keeps what the reading script saw of a host, with what identifies people and machines replaced. */
export async function record(options: { readonly host: string; readonly output: string }): Promise<void> {
  const { snapshot } = await readSource({ host: options.host });
  const entries = recordingEntries(snapshot);
  await writeRecording(entries, options.output);
  process.stdout.write(`${options.output}: ${entries.length} files and links of ${options.host}, without serial numbers, MAC and IP addresses and host names. Look into it before passing it on.\n`);
}
