import { parseCommandLine, sameParameter } from "./commandLine";
import type { KernelArgument } from "./hostFacts";

/** What our own GRUB drop-in asks for, from its comment lines; the shell code in it is not evaluated here. */
export interface GpuhostDropIn {
  readonly state: "trial" | "kept";
  readonly shouldExist: readonly string[];
  readonly shouldNotExist: readonly string[];
  /** What goes on counting for the default entries while the above is on trial. */
  readonly keptShouldExist: readonly string[];
  readonly keptShouldNotExist: readonly string[];
}

export function isGpuhostDropIn(text: string): boolean {
  return text.startsWith("# gpuhost");
}

/** Undefined when no line names a state. */
export function parseGpuhostDropIn(text: string): GpuhostDropIn | undefined {
  const of = (key: string): string[] =>
    text.split("\n").flatMap((line) => (line.startsWith(`# gpuhost ${key}: `) ? [line.slice(`# gpuhost ${key}: `.length).trim()] : []));
  const state = of("state")[0];
  if (state !== "trial" && state !== "kept") return undefined;
  return {
    state,
    shouldExist: of("should-exist"),
    shouldNotExist: of("should-not-exist"),
    keptShouldExist: of("kept-should-exist"),
    keptShouldNotExist: of("kept-should-not-exist"),
  };
}

/** The default entries' command line after the drop-in: what is kept counts, what is on trial does not. */
export function applyGpuhostDropIn(args: readonly KernelArgument[], dropIn: GpuhostDropIn): KernelArgument[] {
  const kept = dropIn.state === "kept";
  const unwanted = kept ? dropIn.shouldNotExist : dropIn.keptShouldNotExist;
  const wanted = kept ? dropIn.shouldExist : dropIn.keptShouldExist;
  const remaining = unwanted.flatMap(parseCommandLine).reduce<KernelArgument[]>((rest, item) => remove(rest, item), [...args]);
  return wanted.flatMap(parseCommandLine).reduce<KernelArgument[]>((rest, item) => add(rest, item), remaining);
}

function remove(args: readonly KernelArgument[], item: KernelArgument): KernelArgument[] {
  return args.flatMap((argument) => {
    if (!sameParameter(argument.name, item.name) || (argument.value === null) !== (item.value === null)) return [argument];
    if (argument.value === null || item.value === null || item.value === "*") return [];
    if (!isListValued(item.name)) return argument.value === item.value ? [] : [argument];
    const elements = argument.value.split(",");
    const left = elements.filter((element) => !names(item.value ?? "", element));
    if (left.length === elements.length) return [argument];
    return left.length === 0 ? [] : [{ name: argument.name, value: left.join(",") }];
  });
}

/** "disable_acs_redir=*" names every element that begins so. */
function names(wanted: string, element: string): boolean {
  return wanted.endsWith("=*") ? element.startsWith(wanted.slice(0, -1)) : wanted.split(",").includes(element);
}

function add(args: readonly KernelArgument[], item: KernelArgument): KernelArgument[] {
  const same = args.filter((argument) => sameParameter(argument.name, item.name));
  if (item.value === null || !isListValued(item.name)) return same.some((argument) => argument.value === item.value) ? [...args] : [...args, item];
  const standing = new Set(same.flatMap((argument) => argument.value?.split(",") ?? []));
  const missing = item.value.split(",").filter((element) => !standing.has(element));
  if (missing.length === 0) return [...args];
  const list = same.find((argument) => argument.value !== null);
  if (list === undefined) return [...args, item];
  const merged = [list.value ?? "", ...missing].filter((part, at) => at > 0 || part !== "").join(",");
  return args.map((argument) => (argument === list ? { name: argument.name, value: merged } : argument));
}

function isListValued(name: string): boolean {
  return listValued.has(name.replaceAll("-", "_"));
}

/** Parameters that the kernel reads element by element (admin-guide/kernel-parameters.txt). */
const listValued = new Set([
  "pci", "intel_iommu", "amd_iommu", "iommu", "intremap", "modprobe.blacklist", "module_blacklist",
  "initcall_blacklist", "vfio_pci.ids", "rd.driver.pre", "rd.driver.blacklist",
]);
