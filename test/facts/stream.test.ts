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
  "== bytes",
  "sys/bus/pci/devices/0000:65:00.0/config",
  "sys/bus/pci/devices/0000:65:00.1/config",
  "== base64",
  Buffer.from("==> /dev/null <==\n\n==> sys/bus/pci/devices/0000:65:00.0/config <==\n\n\x01==>").toString("base64"),
  "== answer interrupt-chips",
  "|IR-PCI-MSI",
  "|",
  "== answer empty",
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
    expect(snapshot.list("/sys/kernel/iommu_groups")).toEqual({ kind: "value", value: ["3"] });
    expect(snapshot.list("/sys/class/drm").kind).toBe("absent");
    expect(snapshot.text("/var/lib/gpuhost/lock/owner").kind).toBe("unreadable");
  });
  test("bytes are taken whole, and a file that could not be opened is unreadable", () => {
    expect(snapshot.bytes("/sys/bus/pci/devices/0000:65:00.0/config")).toMatchObject({ kind: "value" });
    const bytes = snapshot.bytes("/sys/bus/pci/devices/0000:65:00.0/config");
    expect(bytes.kind === "value" ? Buffer.from(bytes.value).toString("latin1") : "").toBe("\n\x01==>");
    expect(snapshot.bytes("/sys/bus/pci/devices/0000:65:00.1/config").kind).toBe("unreadable");
  });
  test("answers, also empty ones", () => {
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
