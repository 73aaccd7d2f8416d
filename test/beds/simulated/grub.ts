import type { Files } from "./files";

export interface Entry {
  readonly id: string;
  readonly title: string;
  readonly kernel: string;
  readonly initrd: string;
  readonly arguments: string;
}

const configuration = "/boot/grub/grub.cfg";
const environment = "/boot/grub/grubenv";

/**
 * What GRUB does when the machine comes up: the entry chosen for this boot only, which is forgotten before the kernel
 * starts, else the default. An id that no entry has falls back to the default without a word, as GRUB does.
 */
export function chooseEntry(files: Files): Entry {
  const entries = parseEntries(files.read(configuration));
  const variables = parseEnvironment(files.read(environment));
  const next = variables.get("next_entry");
  if (next) {
    variables.delete("next_entry");
    writeEnvironment(files, variables);
  }
  const wanted = next || defaultEntry(files.read(configuration), variables);
  const chosen = entries.find((entry) => entry.id === wanted || entry.title === wanted) ?? entries[0];
  if (!chosen) throw new Error(`${files.at(configuration)} has no menu entry: this machine would stop at the GRUB prompt`);
  return chosen;
}

function defaultEntry(text: string, variables: ReadonlyMap<string, string>): string {
  const value = [...text.matchAll(/^\s*set default="([^"]*)"/gm)].map((match) => match[1] ?? "").find((each) => !each.includes("next_entry")) ?? "0";
  return value === "${saved_entry}" ? (variables.get("saved_entry") ?? "0") : value;
}

/** Menu entries in order, those of submenus included. */
export function parseEntries(text: string): Entry[] {
  return [...text.matchAll(/^\s*menuentry\s+(.*)\{\n([\s\S]*?)^\s*\}/gm)].map(([, head = "", body = ""]) => {
    const [kernel = "", ...rest] = (/^\s*linux\s+(.*)$/m.exec(body)?.[1] ?? "").trim().split(/\s+/);
    return {
      title: /^(?:'([^']*)'|"([^"]*)")/.exec(head)?.slice(1).find(Boolean) ?? "",
      id: identifier(head),
      kernel,
      initrd: /^\s*initrd\s+(\S+)/m.exec(body)?.[1] ?? "",
      arguments: rest.join(" "),
    };
  });
}

/** `$menuentry_id_option` stands for `--id`; of two, the last one wins. */
function identifier(head: string): string {
  const all = [...head.matchAll(/(?:--id|\$menuentry_id_option)[ =]+(?:'([^']*)'|"([^"]*)"|(\S+))/g)];
  return all.at(-1)?.slice(1).find(Boolean) ?? "";
}

function parseEnvironment(text: string): Map<string, string> {
  const lines = text.split("\n").filter((line) => line.includes("=") && !line.startsWith("#"));
  return new Map(lines.map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)]));
}

/** The block is 1024 bytes, filled with `#`: GRUB itself can only overwrite it in place. */
function writeEnvironment(files: Files, variables: ReadonlyMap<string, string>): void {
  const text = ["# GRUB Environment Block", ...[...variables].map(([name, value]) => `${name}=${value}`), ""].join("\n");
  files.write(environment, Buffer.from(text.padEnd(1024, "#")));
}
