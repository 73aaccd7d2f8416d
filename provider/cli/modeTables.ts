import type { ContextReport } from "../readiness/sharing/contexts";
import type { ModeReport } from "../readiness/sharing/mode";
import type { ParavirtualReport, SharingReport } from "../readiness/sharing/report";
import { table, wrap } from "./table";

const columns = ["MODE", "POSSIBLE", "AFTER WHAT, OR WHY NOT"] as const;
const width = 110;
/** Of the two columns MODE and POSSIBLE with what lies between columns. */
const before = 27;

/** Every mode of every GPU; GPUs of which the same is to be said share their rows, each on a line of its own. */
export function modeLines({ cards, platformGpus }: SharingReport): string[] {
  const all: (readonly [name: string, modes: readonly ModeReport[]])[] = [...cards, ...platformGpus.map(({ name, model, modes }) => [`${name} (${model})`, modes] as const)];
  if (all.length === 0) return [];
  const textWidth = Math.max(30, width - before - Math.max(...all.map(([name]) => name.length)));
  const groups = new Map<string, { readonly names: string[]; readonly rows: readonly (readonly string[])[] }>();
  for (const [name, modes] of all) {
    const rows = modes.flatMap((mode) => rowsOf(mode, textWidth));
    const same = groups.get(JSON.stringify(rows));
    if (same === undefined) groups.set(JSON.stringify(rows), { names: [name], rows });
    else same.names.push(name);
  }
  const rows = [...groups.values()].flatMap(({ names, rows: of }) => Array.from({ length: Math.max(names.length, of.length) }, (_, at) => [names[at] ?? "", ...(of[at] ?? [])]));
  return table(["GPU", ...columns], rows);
}

function rowsOf({ mode, state, after, because, evidence }: ModeReport, textWidth: number): string[][] {
  return wrapped([mode, state], (after ?? because ?? evidence).join("; "), textWidth);
}

function wrapped(cells: readonly string[], text: string, textWidth: number): string[][] {
  const lines = wrap(text, textWidth);
  return (lines.length === 0 ? [""] : lines).map((line, index) => [...(index === 0 ? cells : cells.map(() => "")), line]);
}

/** What QEMU, libvirt and Nova can do for virtio-gpu with 3D, each said once of all contexts of which it holds. */
export function contextLines(of: ParavirtualReport): string[] {
  const versions = [["QEMU", of.qemu], ["libvirt", of.libvirt], ["virglrenderer", of.virglrenderer], ["Mesa", of.mesa]].map(([name, version]) => `${name} ${version ?? "?"}`);
  const rows = (["qemu", "libvirt", "nova"] as const).flatMap((part) => rowsOfPart(part, of.contexts));
  return [`virtio-gpu with 3D: ${versions.join(", ")}${of.container ? " (libvirt's container)" : ""}`, ...table(["BY", "CONTEXT", "POSSIBLE", "AFTER WHAT, OR WHY NOT"], rows)];
}

const partNames = { qemu: "QEMU", libvirt: "libvirt", nova: "Nova" } as const;

function rowsOfPart(part: keyof typeof partNames, contexts: readonly ContextReport[]): string[][] {
  const said = new Map<string, string[]>();
  for (const report of contexts) {
    const key = JSON.stringify([report[part].state, report[part].says]);
    said.set(key, [...(said.get(key) ?? []), report.context]);
  }
  return [...said].flatMap(([key, names]) => {
    const [state, says] = JSON.parse(key) as [string, string];
    return wrapped([partNames[part], names.length === contexts.length ? "all" : names.join(", "), state], says, 60);
  });
}
