import { readdirSync, readFileSync, statSync } from "node:fs";
import { dirname, extname, join } from "node:path";
import { InputError } from "../errors";
import type { InventoryText, VariableFiles } from "../inventory/inventory";

const endings = [".yml", ".yaml", ".json"];

/** The text of an inventory file. */
export function inventoryText(path: string): InventoryText {
  try {
    if (statSync(path).isDirectory()) throw new InputError("inventory", `${path} is a folder: name one inventory file in it. Several that are merged by their names are not read here.`);
    return { file: path, text: readFileSync(path, "utf8") };
  } catch (error) {
    if (error instanceof InputError) throw error;
    throw new InputError("inventory", `${path} cannot be read as an inventory: ${error instanceof Error ? error.message : String(error)}`);
  }
}

/** group_vars and host_vars beside the inventory, as Ansible finds them: NAME, else NAME.yml, .yaml or .json; a folder NAME with all it holds, by name. */
export function filesBeside(path: string, without: readonly string[]): VariableFiles {
  const left = new Set(without.map((one) => join(dirname(path), one)));
  const found = (folder: string) => (name: string): InventoryText[] => {
    // A name with a slash would lead out of the folder.
    if (name.includes("/") || name === "." || name === "..") return [];
    const base = join(dirname(path), folder, name);
    const first = ["", ...endings].map((ending) => base + ending).find((one) => kindOf(one) !== undefined);
    if (first === undefined) return [];
    const files = kindOf(first) === "folder" ? filesIn(first) : [first];
    return files.filter((file) => !left.has(file)).map(inventoryText);
  };
  return { ofGroup: found("group_vars"), ofHost: found("host_vars") };
}

function filesIn(folder: string): string[] {
  return readdirSync(folder).sort(byCodePoint).filter((name) => !name.startsWith(".") && !name.endsWith("~")).flatMap((name) => {
    const path = join(folder, name);
    const ending = extname(name);
    if (kindOf(path) === "folder") return ending === "" ? filesIn(path) : [];
    return ending === "" || endings.includes(ending) ? [path] : [];
  });
}

function byCodePoint(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function kindOf(path: string): "file" | "folder" | undefined {
  const found = statSync(path, { throwIfNoEntry: false });
  return found === undefined ? undefined : found.isDirectory() ? "folder" : "file";
}
