/** Stands for the address where a driver was asked for by ids: every function of them, wherever it is. */
export const ANY_ADDRESS = "any";

/** Which driver a function gets at every boot, and what must be found at its address for it. */
export interface BoundFunction {
  /** PCI address, or ANY_ADDRESS. */
  readonly address: string;
  /** vendor:device:subvendor:subdevice; after ANY_ADDRESS as they were asked for, so "vendor:device" too. */
  readonly ids: string;
  readonly driver: string;
}

export const BINDING_PATH = "/etc/gpuhost/vfio-binding.conf";

/** What the boot hooks read. Like the GRUB drop-in it turns from trial to kept by its one line that names the state. */
export interface BootBinding {
  readonly state: "trial" | "kept";
  readonly functions: readonly BoundFunction[];
  /** While `functions` is on trial: what was kept before and goes on counting for the default images. */
  readonly before: readonly BoundFunction[];
}

export function bindingText({ state, functions, before }: BootBinding): string {
  return [
    "# gpuhost: written by the resource VfioBinding of a Pulumi stack; edit the stack, this file is compared and rewritten.",
    `# PCI address ("${ANY_ADDRESS}": wherever one is), vendor:device:subvendor:subdevice that must be found there, driver.`,
    `# gpuhost state: ${state}`,
    ...functions.map(bindingLine),
    ...before.map((each) => `# gpuhost kept: ${bindingLine(each)}`),
    "",
  ].join("\n");
}

function bindingLine({ address, ids, driver }: BoundFunction): string {
  return `${address} ${ids} ${driver}`;
}

/** What a binding file asks for; null when the text is not one of ours, unedited. The last newline may be missing. */
export function readBinding(text: string): BootBinding | null {
  const lines = text.split("\n");
  const state = lines.find((line) => line.startsWith("# gpuhost state: "))?.slice("# gpuhost state: ".length);
  if (state !== "trial" && state !== "kept") return null;
  const functions = (list: readonly string[]): BoundFunction[] => list.map((line) => {
    const [address = "", ids = "", driver = ""] = line.split(" ");
    return { address, ids, driver };
  });
  const kept = lines.filter((line) => line.startsWith("# gpuhost kept: ")).map((line) => line.slice("# gpuhost kept: ".length));
  const binding: BootBinding = { state, functions: functions(lines.filter((line) => line !== "" && !line.startsWith("#"))), before: functions(kept) };
  return bindingText(binding).trimEnd() === text.trimEnd() ? binding : null;
}
