/** Source validation, request and completion redirect, upstream forwarding: what the kernel turns on and counts on (drivers/pci/pci.c). */
const needed: readonly (readonly [bit: number, name: string])[] = [[0x01, "source validation"], [0x04, "request redirect"], [0x08, "completion redirect"], [0x10, "upstream forwarding"]];

/** What a port could keep apart and does not, by name, and whether that is all of it. What it has no capability for, it need not do (drivers/pci/pci.c). */
export function acsOff({ capability, control }: { readonly capability: number; readonly control: number }): { readonly off: readonly string[]; readonly all: boolean } {
  const able = needed.filter(([bit]) => (capability & bit) !== 0);
  const off = able.filter(([bit]) => (control & bit) === 0).map(([, name]) => name);
  return { off, all: off.length === able.length };
}
