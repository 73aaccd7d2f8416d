import type { BootEntry } from "./hostFacts";
import { grubWords, type GrubVariables } from "./grubWords";
import { linesOf } from "./values";

/** A menu entry or a submenu, in the order of the file. */
export interface GrubNode {
  readonly id: string;
  readonly title: string;
  /** Null for a submenu. */
  readonly entry: BootEntry | null;
  readonly children: readonly GrubNode[];
}

export interface GrubConfiguration {
  readonly nodes: readonly GrubNode[];
  /** Value of the last `set default=` that is not the one-time choice; null when there is none. */
  readonly default: string | null;
  /** Whether the file looks at next_entry and saved_entry of the environment block. */
  readonly usesNextEntry: boolean;
  /** Other plain `set name=value` lines, last one wins. */
  readonly variables: GrubVariables;
  /** The entries come from boot loader specification files. */
  readonly blscfg: boolean;
}

interface Open {
  readonly kind: "menu" | "other";
  readonly id: string;
  readonly title: string;
  readonly submenu: boolean;
  readonly children: GrubNode[];
  entry: BootEntry | null;
}

/** Reads a grub.cfg as grub-mkconfig writes it: one command a line, blocks in braces. */
export function parseGrubConfiguration(text: string): GrubConfiguration {
  const root: Open = { kind: "menu", id: "", title: "", submenu: true, children: [], entry: null };
  const stack: Open[] = [root];
  const variables = new Map<string, string>();
  let defaultEntry: string | null = null;
  let usesNextEntry = false;
  let blscfg = false;
  for (const raw of linesOf(text)) {
    const line = raw.trim();
    const top = stack.at(-1) ?? root;
    if (/^(menuentry|submenu)\s/.test(line) && line.endsWith("{")) stack.push(opened(line, variables));
    else if (line.startsWith("}")) close(stack);
    else if (line.endsWith("{")) stack.push({ kind: "other", id: "", title: "", submenu: false, children: [], entry: null });
    else if (top.kind === "menu" && !top.submenu) top.entry = command(line, top);
    else if (/^blscfg\b/.test(line)) blscfg = true;
    const assignment = /^set\s+([A-Za-z_][A-Za-z0-9_]*)=(.*)$/.exec(line);
    if (assignment?.[1] === "default") {
      const chosen = assignment[2] ?? "";
      if (/next_entry/.test(chosen)) usesNextEntry = true;
      else defaultEntry = unquoted(chosen);
    } else if (assignment?.[1] !== undefined) variables.set(assignment[1], grubWords(assignment[2] ?? "", variables).join(" "));
  }
  while (stack.length > 1) close(stack);
  return { nodes: root.children, default: defaultEntry, usesNextEntry, variables, blscfg };
}

function unquoted(text: string): string {
  return text.trim().replace(/^(["'])(.*)\1$/, "$2");
}

/** GRUB takes the last id given: a generated `$menuentry_id_option 'x'` wins over an earlier `--id y`. */
function opened(line: string, variables: GrubVariables): Open {
  const words = grubWords(line, new Map([...variables, ["menuentry_id_option", "--id"]]));
  const title = words[1] ?? "";
  let id = title;
  words.forEach((word, index) => {
    if (word === "--id") id = words[index + 1] ?? id;
    else if (word.startsWith("--id=")) id = word.slice("--id=".length);
  });
  return { kind: "menu", id, title, submenu: words[0] === "submenu", children: [], entry: null };
}

function close(stack: Open[]): void {
  if (stack.length < 2) return;
  const block = stack.pop();
  if (block?.kind !== "menu") return;
  const parent = [...stack].reverse().find((open) => open.kind === "menu" && open.submenu);
  parent?.children.push({ id: block.id, title: block.title, entry: block.submenu ? null : (block.entry ?? emptyEntry(block)), children: block.children });
}

function emptyEntry(open: Open): BootEntry {
  return { id: open.id, title: open.title, kernel: "", initrd: null, arguments: "" };
}

/** The commands that load a kernel and its image; of several kernels (Xen's modules) the last counts. */
function command(line: string, open: Open): BootEntry | null {
  const linux = /^linux(?:16|efi)?\s+(\S+)\s*(.*)$/.exec(line) ?? /^module2?\s+(\S*vmlinuz\S*)\s*(.*)$/.exec(line);
  if (linux !== null) return { ...(open.entry ?? emptyEntry(open)), kernel: linux[1] ?? "", arguments: linux[2] ?? "" };
  const initrd = /^initrd(?:16|efi)?\s+(.*)$/.exec(line);
  if (initrd !== null) return { ...(open.entry ?? emptyEntry(open)), initrd: (initrd[1] ?? "").trim() };
  return open.entry;
}

export function grubEntries(nodes: readonly GrubNode[]): BootEntry[] {
  return nodes.flatMap((node) => [...(node.entry === null ? [] : [node.entry]), ...grubEntries(node.children)]);
}

/**
 * The entry that GRUB starts by itself: next_entry where the file looks at it, else `default`; an index, an id or a title, with `>` into
 * submenus. One that is not there means the first.
 */
export function defaultGrubEntry(configuration: GrubConfiguration, environment: GrubVariables): BootEntry | null {
  const next = configuration.usesNextEntry ? environment.get("next_entry") : undefined;
  const variables = new Map([...configuration.variables, ...environment]);
  const chosen = next !== undefined && next !== "" ? next : (configuration.default ?? "0");
  const path = grubWords(`"${chosen.replaceAll('"', "")}"`, variables)[0] ?? "";
  return follow(configuration.nodes, path === "" ? "0" : path) ?? follow(configuration.nodes, "0");
}

function follow(nodes: readonly GrubNode[], path: string): BootEntry | null {
  const whole = nodes.find((node) => node.id === path || node.title === path);
  const steps = whole === undefined ? path.split(">") : [path];
  let level = nodes;
  let node: GrubNode | undefined;
  for (const step of steps) {
    node = /^\d+$/.test(step) ? level[Number(step)] : level.find((one) => one.id === step || one.title === step);
    if (node === undefined) return null;
    level = node.children;
  }
  // A submenu that is chosen as a whole starts its own first entry.
  while (node !== undefined && node.entry === null) node = node.children[0];
  return node?.entry ?? null;
}

/** `name=value` lines of an environment block (GRUB manual, "The GRUB environment block"); filler and comments left out. */
export function parseGrubEnvironment(text: string): Map<string, string> {
  const variables = new Map<string, string>();
  for (const line of linesOf(text)) {
    const match = /^([^#=\s][^=]*)=(.*)$/.exec(line);
    if (match?.[1] !== undefined) variables.set(match[1], (match[2] ?? "").replace(/\\(.)/g, "$1"));
  }
  return variables;
}
