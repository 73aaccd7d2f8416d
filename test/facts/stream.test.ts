import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MalformedFactError } from "../../provider/errors";
import { parseStream } from "../../provider/facts/stream";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";

const lines = [
  "Welcome to this host",
  "== gpuhost-observe 1",
  "== files",
  "sys/bus/pci/devices/0000:65:00.0/vendor",
  "sys/bus/pci/devices/0000:65:00.0/reset_method",
  "sys/bus/pci/devices/0000:65:00.1/vendor",
  "sys/class/dmi/id/product_uuid",
  "sys/bus/pci/devices/*/sriov_numvfs",
  "proc/none",
  "etc/default/grub",
  "== lines",
  "sys/bus/pci/devices/0000:65:00.0/vendor:0x10de",
  "grep: sys/bus/pci/devices/0000:65:00.1/vendor: Input/output error",
  "grep: sys/class/dmi/id/product_uuid: Permission denied",
  "grep: sys/bus/pci/devices/*/sriov_numvfs: No such file or directory",
  "grep: proc/none: No such file or directory",
  "etc/default/grub:A=b:c",
  "etc/default/grub:== end",
  "== links",
  "lrwxrwxrwx 1 0 0 0 Nov 21 02:36 sys/class/net/eth0 -> ../../devices/pci0000:00/0000:00:03.0/net/eth0",
  "drwxr-xr-x 2 0 0 0 Jan  1  1970 sys/class/net/odd",
  "== names",
  "D sys/class/iommu",
  "N sys/class/iommu/*",
  "D sys/kernel/iommu_groups/3/devices",
  "N sys/kernel/iommu_groups/3/devices/0000:65:00.0",
  "U var/lib/gpuhost",
  "== answer interrupt-chips",
  "|IR-PCI-MSI",
  "|",
  "== answer empty",
  "== each sys/kernel/iommu_groups",
  "type name",
  "3",
  "4",
  "== lines",
  "3/type:DMA-FQ",
  "grep: 3/name: No such file or directory",
  "grep: 4/type: Permission denied",
  "== uevents sys/bus/pci/devices",
  "0000:66:00.0/uevent:PCI_CLASS=30200",
  "0000:66:00.0/uevent:PCI_ID=10DE:20B5",
  "0000:66:00.0/uevent:PCI_SUBSYS_ID=10DE:1533",
  "0000:66:00.0/uevent:MODALIAS=pci:v000010DEd000020B5sv000010DEsd00001533bc03sc02i00",
  "== files",
  "gpuhost/answers/guests",
  "== lines",
  "gpuhost/answers/guests:guest",
  "== raw 4711",
  "sys/bus/pci/devices/0000:65:00.0/config",
  "sys/bus/pci/devices/0000:65:00.1/config",
  "sys/bus/pci/devices/0000:65:00.2/config",
  "== blob",
  "==> /dev/null <==\n\n==> sys/bus/pci/devices/0000:65:00.0/config <==\n\n\x01==>\n== end\n",
  "==> sys/bus/pci/devices/0000:65:00.2/config <==\n",
  "== whole 4711",
  "== end",
];

function parse(of: readonly string[]): TreeSnapshot {
  return parseStream(Buffer.from(`${of.join("\n")}\n`), "hv1");
}

describe("parseStream", () => {
  const snapshot = parse(lines);
  test("text, empty, unreadable and absent are four answers", () => {
    expect(snapshot.text("/sys/bus/pci/devices/0000:65:00.0/vendor")).toEqual({ kind: "value", value: "0x10de" });
    expect(snapshot.text("/sys/bus/pci/devices/0000:65:00.0/reset_method")).toEqual({ kind: "value", value: "" });
    expect(snapshot.text("/sys/bus/pci/devices/0000:65:00.1/vendor")).toEqual({ kind: "unreadable", reason: "Input/output error" });
    expect(snapshot.text("/sys/class/dmi/id/product_uuid")).toEqual({ kind: "unreadable", reason: "Permission denied" });
    expect(snapshot.text("/proc/none")).toEqual({ kind: "absent" });
    expect(snapshot.text("/sys/bus/pci/devices/*/sriov_numvfs")).toEqual({ kind: "absent" });
  });
  test("a file's own text cannot end the stream or open a section", () => {
    expect(snapshot.text("/etc/default/grub")).toEqual({ kind: "value", value: "A=b:c\n== end" });
  });
  test("links, an empty directory, a directory with something, and one that may not be read", () => {
    expect(snapshot.link("/sys/class/net/eth0")).toMatchObject({ value: "../../devices/pci0000:00/0000:00:03.0/net/eth0" });
    expect(snapshot.link("/sys/class/net/odd").kind).toBe("absent");
    expect(snapshot.list("/sys/class/iommu")).toEqual({ kind: "value", value: [] });
    expect(snapshot.list("/sys/kernel/iommu_groups")).toEqual({ kind: "value", value: ["3", "4"] });
    expect(snapshot.list("/sys/class/drm").kind).toBe("absent");
    expect(snapshot.text("/var/lib/gpuhost/lock/owner").kind).toBe("unreadable");
  });
  test("bytes are taken whole, and a file that could not be opened is unreadable", () => {
    expect(snapshot.bytes("/sys/bus/pci/devices/0000:65:00.0/config")).toMatchObject({ kind: "value" });
    const bytes = snapshot.bytes("/sys/bus/pci/devices/0000:65:00.0/config");
    expect(bytes.kind === "value" ? Buffer.from(bytes.value).toString("latin1") : "").toBe("\n\x01==>\n== end\n");
    expect(snapshot.bytes("/sys/bus/pci/devices/0000:65:00.2/config")).toEqual({ kind: "value", value: Buffer.alloc(0) });
    expect(snapshot.bytes("/sys/bus/pci/devices/0000:65:00.1/config").kind).toBe("unreadable");
  });
  test("attributes of everything in a directory are as if each had been asked for by its path", () => {
    const of = (path: string): unknown => snapshot.text(`/sys/kernel/iommu_groups/${path}`);
    expect([of("3/type"), of("3/name"), of("4/type"), of("4/name")]).toEqual([
      { kind: "value", value: "DMA-FQ" }, { kind: "absent" }, { kind: "unreadable", reason: "Permission denied" }, { kind: "value", value: "" },
    ]);
    expect(snapshot.list("/sys/kernel/iommu_groups")).toEqual({ kind: "value", value: ["3", "4"] });
  });
  test("a file that two probes ask for is read once, and its complaint counts once", () => {
    const twice = parse([
      "== gpuhost-observe 1", "== files", "sys/a", "sys/b", "sys/c", "sys/a", "sys/b", "sys/c", "sys/a", "== lines", "sys/a:N", "sys/a:", "grep: sys/b: Permission denied", "sys/c:one",
      "sys/a:N", "sys/a:", "grep: sys/b: Permission denied", "sys/c:one", "sys/a:N", "sys/a:", "== end",
    ]);
    expect([twice.text("/sys/a"), twice.text("/sys/b"), twice.text("/sys/c")]).toEqual([
      { kind: "value", value: "N\n" }, { kind: "unreadable", reason: "Permission denied" }, { kind: "value", value: "one" },
    ]);
  });
  test("a uevent is the six attributes that say what a function is", () => {
    const of = (name: string): unknown => snapshot.text(`/sys/bus/pci/devices/0000:66:00.0/${name}`);
    expect(["vendor", "device", "subsystem_vendor", "subsystem_device", "class", "modalias"].map(of)).toEqual(
      ["0x10de", "0x20b5", "0x10de", "0x1533", "0x030200", "pci:v000010DEd000020B5sv000010DEsd00001533bc03sc02i00"].map((value) => ({ kind: "value", value })));
    expect(() => parse(["== gpuhost-observe 1", "== uevents sys/bus/pci/devices", "0000:66:00.0/uevent:PCI_ID=10DE", "== end"])).toThrow(/uevent/);
  });
  test("answers, also empty ones, and those of a recording", () => {
    expect(snapshot.answer("guests")).toEqual({ kind: "value", value: "guest" });
    expect(snapshot.list("/gpuhost").kind).toBe("absent");
    expect(snapshot.answer("interrupt-chips")).toEqual({ kind: "value", value: "IR-PCI-MSI\n" });
    expect(snapshot.answer("empty")).toEqual({ kind: "value", value: "" });
    expect(snapshot.answer("other").kind).toBe("absent");
  });

  test("a stream cut anywhere is an error that names the host, never part of the facts", () => {
    const whole = lines.join("\n");
    for (let end = 0; end < whole.length - 1; end += 7) {
      expect(() => parseStream(Buffer.from(whole.slice(0, end)), "hv1"), `cut at ${end}`).toThrow(/hv1/);
    }
  });

  test("a line that no tool documents is an error with its text", () => {
    for (const odd of ["xargs: grep: Cannot allocate memory", "sys/other:1"]) {
      expect(() => parse([...lines.slice(0, 12), odd, ...lines.slice(12)])).toThrow(odd.slice(0, 8));
    }
  });

  test("any text between the marks is either read or refused as malformed", () => {
    const line = fc.oneof(fc.constantFrom(...lines.slice(2, -1)), fc.string());
    fc.assert(fc.property(fc.array(line), (some) => {
      try {
        parse(["== gpuhost-observe 1", ...some, "== end"]);
      } catch (error) {
        expect(error).toBeInstanceOf(MalformedFactError);
      }
    }));
  });
});
