import { parseCommandLine } from "../facts/commandLine";
import { shown, text } from "./fields";

/** Written by the boot loader itself; a host without them does not boot. */
const LOADERS_OWN = ["BOOT_IMAGE", "root", "initrd"];

/** Why a token cannot stand in a GRUB configuration as one argument; undefined when it can. */
function wrongToken(token: string): string | undefined {
  if (!/^[\x20-\x7e]+$/.test(token)) return "must be printable ASCII on one line";
  if (/[$`\\']/.test(token)) return "must not hold $, backquote, backslash or single quote: GRUB would expand them";
  if ((token.split('"').length - 1) % 2 === 1) return "has a double quote that is not closed";
  const outside = token.replace(/"[^"]*"/g, "");
  if (outside.includes(" ")) return 'is more than one argument; give each its own item, or quote the value: name="a b"';
  if (/[;&|<>{}]/.test(outside)) return 'holds a character that GRUB takes for itself; quote the value: name="a;b"';
  if (!/^"?[A-Za-z0-9_]/.test(token)) return "must begin with the parameter's name";
  const [argument] = parseCommandLine(token);
  if (argument !== undefined && LOADERS_OWN.includes(argument.name)) return "belongs to the boot loader";
  if (argument?.value === "" || argument?.value?.split(",").includes("") === true) return "has an empty value";
  return undefined;
}

/** One token of a command line, or a pattern of shouldNotExist. */
export const kernelArgument = text("a kernel argument").superRefine((of, context) => {
  const wrong = wrongToken(of);
  if (wrong !== undefined) context.addIssue({ code: "custom", message: `${shown(of)} ${wrong}` });
});

/** One token that is to stand. */
export const argumentWish = kernelArgument.refine((of) => !of.endsWith("=*"), { error: (issue) => `${shown(issue.input)}: "=*" means every value, which only shouldNotExist can ask for` });
