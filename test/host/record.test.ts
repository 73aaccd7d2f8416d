import { mkdtempSync, readFileSync, rmSync, writeFileSync, readdirSync, symlinkSync, lstatSync, mkdirSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import fc from "fast-check";
import { pack } from "tar-stream";
import { afterEach, describe, expect, test } from "vitest";
import { absent } from "../../provider/facts/reading";
import { hostFacts } from "../../provider/facts/assemble";
import type { HostFacts } from "../../provider/facts/hostFacts";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { localShell } from "../../provider/host/localShell";
import { observe } from "../../provider/host/observe";
import { recordingEntries } from "../../provider/host/record";
import { openRecording } from "../../provider/host/recordedHost";
import { unpackRecording, writeRecording } from "../../provider/host/recordingArchive";
import { Redaction } from "../../provider/host/redact";
import { aCard, configSpace, gpu } from "../facts/trees";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "gpuhost-test-"));
  folders.push(made);
  return made;
}

async function reading(path: string): Promise<HostFacts> {
  const tree = await openRecording(path);
  try {
    return await observe(localShell(path), { GPUHOST_ROOT: tree.root });
  } finally {
    await tree.close();
  }
}

/** A host that says who and where it is in every place this can be said. */
function talkative(): TreeSnapshot {
  return aCard({ gpu: { config: configSpace({ serial: true, ats: false }) } })
    .addText("/proc/sys/kernel/hostname", "gpu-node-7.example.org")
    .addText("/proc/cmdline", "root=/dev/mapper/gpu--node--7--vg-root ip=10.20.30.40::10.20.30.1:255.255.255.0:gpu-node-7:eth0 BOOTIF=01-aa-bb-cc-dd-ee-ff resume=UUID=1b4e28ba-2fa1-11d2-883f-0016d3cca427 dns=[2001:4860:4860::8888]")
    .addText("/etc/machine-id", "0123456789abcdef0123456789abcdef")
    .addText("/sys/class/dmi/id/product_uuid", "4C4C4544-0042-3510-8052-B4C04F4E3132")
    .addText("/boot/loader/entries/0123456789abcdef0123456789abcdef-6.1.conf", "title x\nlinux /v\noptions root=UUID=1b4e28ba-2fa1-11d2-883f-0016d3cca427 ro")
    .addText("/boot/grub2/grubenv", "saved_entry=0123456789abcdef0123456789abcdef-6.1")
    .addLink("/sys/class/block/dm-0", "../../devices/virtual/block/dm-0").addText("/sys/class/block/dm-0/dev", "254:0").addText("/sys/class/block/dm-0/dm/name", "gpu--node--7--vg-root").addText("/sys/class/block/dm-0/dm/uuid", "LVM-aBcDeFgHiJkLmNoPqRsTuVwXyZ0123456789aBcDeFgHiJkLmNoPqRsTuVwXyZ01")
    .addLink("/sys/class/net/enxaabbccddeeff", "../../devices/pci0000:64/0000:64:00.0/0000:65:00.2/usb1/1-1/net/enxaabbccddeeff").addText("/sys/class/net/enxaabbccddeeff/carrier", "1")
    .addText(`/proc/driver/nvidia/gpus/${gpu}/information`, "GPU UUID: \t GPU-1b4e28ba-2fa1-11d2-883f-0016d3cca427\nDevice Minor: 0")
    .addAnswer("holders", "/dev/nvidia0 python")
    .addAnswer("guests", "guest\nname guest=customer-a,debug-threads=on\nuuid 1b4e28ba-2fa1-11d2-883f-0016d3cca499")
    .addFailure("/sys/kernel/security/apparmor/profiles", "Permission denied");
}

const identifying = ["gpu-node-7", "gpu--node--7", "example.org", "10.20.30", "aabbccddeeff", "aa-bb-cc", "1b4e28ba", "0123456789abcdef0", "4C4C4544", "4c4c4544", "2001:4860", "aBcDeF", "customer-a"];

describe("a recording", () => {
  test("read as a file, and unpacked as a tree, gives the same facts", async () => {
    const file = join(folder(), "host.tar.gz");
    await writeRecording(recordingEntries(talkative()), file);
    const unpacked = folder();
    await unpackRecording(file, unpacked);
    const [fromFile, fromTree] = [await reading(file), await reading(unpacked)];
    expect(fromFile).toEqual(fromTree);
    expect(fromFile.pciDevices).toEqual(hostFacts(talkative(), absent).pciDevices);
    expect(fromFile.appArmor.profiles).toEqual({ kind: "unreadable", reason: "Permission denied" });
  });

  test("recorded again, it is the same to the byte", async () => {
    const [first, second] = [join(folder(), "a"), join(folder(), "b")];
    await writeRecording(recordingEntries(talkative()), first);
    await writeRecording(recordingEntries(talkative()), second);
    expect(readFileSync(first).equals(readFileSync(second))).toBe(true);
  });

  test("names no machine, network or person anywhere, in texts, paths, links and config spaces", () => {
    for (const entry of recordingEntries(talkative())) {
      const content = entry.kind === "file" ? Buffer.from(entry.bytes).toString("latin1") : entry.kind === "link" ? entry.target : "";
      for (const word of identifying) {
        expect(entry.path, entry.path).not.toContain(word);
        expect(content, entry.path).not.toContain(word);
      }
      expect(Buffer.from(entry.kind === "file" ? entry.bytes : []).includes(Buffer.from("deadbeefcafef00d", "hex")), entry.path).toBe(false);
    }
  });

  test("keeps what belongs together together", async () => {
    const file = join(folder(), "host.tar.gz");
    await writeRecording(recordingEntries(talkative()), file);
    const facts = await reading(file);
    expect(facts.kernelCommandLine.nextBoot).toMatchObject({ kind: "value", value: [{ name: "root" }, { name: "ro" }] });
    expect(facts.system.kernelRelease).toEqual({ kind: "value", value: "6.1.0-30-amd64" });
    expect(facts.uses).toContainEqual(expect.objectContaining({ address: gpu, reason: "process:python" }));
    expect(facts.uses).toContainEqual(expect.objectContaining({ reason: "carrier:enx020000000001" }));
  });
});

describe("Redaction", () => {
  const redact = new Redaction("hv1");
  test("leaves what only looks like an identity", () => {
    for (const text of ["0x00000000fee00000 0x00000000feefffff msi", "pci:v000010DEd000020B5sv000010DEsd00001533bc03sc02i00", "0000:65:00.0", "6.1.0-30-amd64", "127.0.0.1", "00:00:00:00:00:00", "hv10 hv", "a::b"]) {
      expect(redact.file("/x/modalias", text)).toBe(text);
      if (!text.startsWith("a::")) expect(redact.text(text)).toBe(text);
    }
  });
  test("the hive of two cards stays one, and its number does not; none stays none", () => {
    const redact = new Redaction(undefined);
    const hive = (card: string, text: string): string => redact.file(`/sys/bus/pci/devices/${card}/xgmi_hive_info/xgmi_hive_id`, text);
    expect([hive("0000:65:00.0", "13093571283691902974"), hive("0000:66:00.0", "13093571283691902974"), hive("0000:67:00.0", "555"), hive("0000:68:00.0", "0")]).toEqual(["1", "1", "2", "0"]);
  });

  test("does the same to the same, and never twice", () => {
    const part = fc.constantFrom("hv1", "10.1.2.3", "aa:bb:cc:dd:ee:01", "fe80::1", "1b4e28ba-2fa1-11d2-883f-0016d3cca427", "0123456789abcdef0123456789abcdef", " ", "=", "/", "x");
    fc.assert(fc.property(fc.array(part), (parts) => {
      const text = parts.join(" ");
      const once = redact.text(text);
      expect(redact.text(text)).toBe(once);
      expect(once).not.toMatch(/hv1|10\.1\.2\.3|aa:bb|fe80|1b4e28ba|0123456789abcdef/);
    }));
  });
});

describe("opening", () => {
  async function archive(entries: readonly { readonly name: string; readonly linkname?: string }[]): Promise<string> {
    const tar = pack();
    for (const { name, linkname } of entries) {
      if (linkname === undefined) tar.entry({ name }, "x");
      else tar.entry({ name, type: "symlink", linkname });
    }
    tar.finalize();
    const chunks: Buffer[] = [];
    for await (const chunk of tar) chunks.push(chunk as Buffer);
    const path = join(folder(), "made.tar.gz");
    writeFileSync(path, gzipSync(Buffer.concat(chunks)));
    return path;
  }

  test.each<[string, readonly { readonly name: string; readonly linkname?: string }[]]>([
    ["a file above the tree", [{ name: "../evil" }]],
    ["a link that leads out", [{ name: "etc/default/grub", linkname: "../../../../../../../../../etc/passwd" }]],
    ["a link that leads out by way of another", [{ name: "t/x" }, { name: "p/q/s", linkname: "../../t" }, { name: "p/q/s/up", linkname: "../../.." }]],
    ["a file below a link that leads out", [{ name: "d", linkname: ".." }, { name: "d/evil" }]],
  ])("a recording with %s is refused", async (_, entries) => {
    await expect(openRecording(await archive(entries))).rejects.toThrow(/outside/);
  });

  test("a file below a link that the recording brought lies where the link leads, inside", async () => {
    const tree = await openRecording(await archive([{ name: "lib", linkname: "/usr/lib" }, { name: "usr/lib/x" }]));
    expect(readFileSync(join(tree.root, "lib/x"), "utf8")).toBe("x");
    await tree.close();
  });

  test("what is no recording says so", async () => {
    const path = join(folder(), "x.tar.gz");
    writeFileSync(path, "no archive");
    await expect(openRecording(path)).rejects.toThrow(/no recording made by gpuhost record/);
    await expect(openRecording(join(folder(), "none"))).rejects.toThrow(/is not there/);
  });

  test("a tree with circles of links, as sysfs has them, is read to its end", async () => {
    const root = folder();
    mkdirSync(join(root, "sys/bus/pci/devices"), { recursive: true });
    mkdirSync(join(root, "sys/devices/pci0000:00/0000:00:01.0"), { recursive: true });
    mkdirSync(join(root, "sys/kernel/iommu_groups/3/devices"), { recursive: true });
    symlinkSync("../../../devices/pci0000:00/0000:00:01.0", join(root, "sys/bus/pci/devices/0000:00:01.0"));
    symlinkSync("../../../kernel/iommu_groups/3", join(root, "sys/devices/pci0000:00/0000:00:01.0/iommu_group"));
    symlinkSync("../../../../devices/pci0000:00/0000:00:01.0", join(root, "sys/kernel/iommu_groups/3/devices/0000:00:01.0"));
    symlinkSync("../../../bus/pci", join(root, "sys/devices/pci0000:00/0000:00:01.0/subsystem"));
    const facts = await reading(root);
    expect(facts.iommu.groups).toMatchObject([{ number: 3, members: ["0000:00:01.0"] }]);
    const file = join(folder(), "circles.tar.gz");
    await writeRecording([...recordingEntries(talkative()), { kind: "link", path: "sys/round", target: "../sys" }], file);
    expect((await reading(file)).pciDevices).toHaveLength(3);
  });

  test("absolute links of a tree mean below it, and the tree stays as it was", async () => {
    const root = folder();
    mkdirSync(join(root, "usr/lib"), { recursive: true });
    mkdirSync(join(root, "etc"));
    writeFileSync(join(root, "usr/lib/os-release"), "ID=inside\n");
    symlinkSync("/usr/lib/os-release", join(root, "etc/os-release"));
    const facts = await reading(root);
    expect(facts.system.osRelease).toMatchObject({ value: { id: "inside" } });
    expect(lstatSync(join(root, "etc/os-release")).isSymbolicLink()).toBe(true);
    expect(readdirSync(tmpdir()).filter((name) => /^gpuhost-[A-Za-z0-9]{6}$/.test(name))).toEqual([]);
  });
});
