/**
 * The attributes that say what a PCI function is, as files of sysfs have them, from lines "ADDRESS/uevent:KEY=VALUE". One uevent holds
 * what else stands in six files (drivers/pci/pci-driver.c, pci_uevent): ids as "%04X:%04X", the class as "%04X". Throws what `malformed` makes of a
 * line that is none of these.
 */
export function identityTexts(lines: readonly string[], malformed: (line: string) => Error): [string, string][] {
  return lines.flatMap((line): [string, string][] => {
    const match = /^([^/]+)\/uevent:(PCI_CLASS|PCI_ID|PCI_SUBSYS_ID|MODALIAS)=(.*)$/.exec(line);
    const [, address = "", key, text = ""] = match ?? [];
    if (key === "MODALIAS") return [[`${address}/modalias`, text]];
    if (key === "PCI_CLASS" && /^[0-9A-F]{1,6}$/.test(text)) return [[`${address}/class`, `0x${text.toLowerCase().padStart(6, "0")}`]];
    const ids = /^([0-9A-F]{4}):([0-9A-F]{4})$/.exec(text);
    if (ids === null) throw malformed(line);
    const [vendor, device] = key === "PCI_ID" ? ["vendor", "device"] : ["subsystem_vendor", "subsystem_device"];
    return [[`${address}/${vendor}`, `0x${ids[1]?.toLowerCase()}`], [`${address}/${device}`, `0x${ids[2]?.toLowerCase()}`]];
  });
}
