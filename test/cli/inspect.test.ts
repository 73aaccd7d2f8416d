import { mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { recordingEntries } from "../../provider/host/record";
import { writeRecording } from "../../provider/host/recordingArchive";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { aCard, addFunction, audio, factsOf, gpu, port, writeTree } from "../facts/trees";
import { inspectTables } from "../../provider/cli/inspectTables";
import { judge } from "../../provider/readiness/judge";
import { sharing } from "../../provider/readiness/sharing/report";
import { gpuhost } from "./command";

const folders: string[] = [];
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function tree(of: TreeSnapshot): string {
  const root = writeTree(of);
  folders.push(root);
  return root;
}

function file(name: string, text: string): string {
  const folder = mkdtempSync(join(tmpdir(), "gpuhost-test-"));
  folders.push(folder);
  writeFileSync(join(folder, name), text);
  return join(folder, name);
}

const ready = (): TreeSnapshot => aCard({ driver: "vfio-pci", companion: "vfio-pci" }).addPath("/dev/vfio/12");

describe("gpuhost inspect --json", () => {
  test("prints one object of the documented shape, and only that", async () => {
    const ran = await gpuhost("inspect", "--root", tree(ready()), "--json");
    expect([ran.status, ran.stderr]).toEqual([0, ""]);
    expect(JSON.parse(ran.stdout)).toEqual({
      schema: 1,
      fingerprint: expect.stringMatching(/^[0-9a-f]{20}$/),
      iommu: { state: "active", kinds: ["intel"], groupsKnown: true },
      kernelCommandLine: { running: [{ name: "BOOT_IMAGE", value: "/boot/vmlinuz-6.1.0-30-amd64" }, { name: "root", value: "/dev/sda1" }, { name: "ro", value: null }, { name: "intel_iommu", value: "on" }], nextBoot: null },
      devices: [
        { address: port, vendor: "8086", device: "2030", class: "060400", driver: "pcieport", iommuGroup: 11, upstream: [] },
        { address: gpu, vendor: "10de", device: "20b5", class: "030200", driver: "vfio-pci", iommuGroup: 12, upstream: [port] },
        { address: audio, vendor: "10de", device: "22ba", class: "040300", driver: "vfio-pci", iommuGroup: 12, upstream: [port] },
      ],
      gpus: [{ address: gpu, iommuGroup: 12, members: [gpu, audio], companions: [audio], bystanders: [], verdict: "ready", findings: [{ rule: "control-registers-open", severity: "note", addresses: [gpu], says: expect.stringContaining("QEMU filters none of them"), remedy: expect.any(String) }],
        modes: [
          { mode: "passthrough", state: "now", evidence: ["verdict ready"] },
          { mode: "sriov", state: "impossible", because: [expect.stringContaining("no SR-IOV capability")], evidence: [] },
          { mode: "mdev", state: "impossible", because: [expect.stringContaining("no SR-IOV capability")], evidence: [expect.stringContaining("licence")] },
          { mode: "paravirtual", state: "impossible", because: ["Nova has no setting for virtio-gpu with 3D"], evidence: expect.any(Array) },
        ] }],
      platformGpus: [],
      paravirtual: { qemu: null, libvirt: null, virglrenderer: null, mesa: null, container: false, contexts: ["virgl", "venus", "native", "cross-domain"].map((context) => ({
        context, qemu: { state: "unknown", says: "QEMU was not looked for" }, libvirt: { state: "unknown", says: expect.any(String) }, nova: { state: "impossible", says: expect.any(String) },
      })) },
      findings: [],
      nova: null,
    });
  });

  test("a recording and the tree it was made of give the same answer", async () => {
    const path = file("x", "");
    await writeRecording(recordingEntries(ready()), path);
    const [recording, root] = [await gpuhost("inspect", path, "--json"), await gpuhost("inspect", "--root", tree(ready()), "--json")];
    expect(recording).toEqual(root);
  });

  test("without a source it is this machine", async () => {
    const ran = await gpuhost("inspect", "--json");
    expect(ran.status).toBe(0);
    expect(JSON.parse(ran.stdout).kernelCommandLine.running).not.toBeNull();
  });
});

describe("exit status", () => {
  test("1 for another fingerprint, and the report all the same; 0 for the right one", async () => {
    const root = tree(ready());
    const { fingerprint } = JSON.parse((await gpuhost("inspect", "--root", root, "--json")).stdout);
    expect((await gpuhost("inspect", "--root", root, "--expect", fingerprint)).status).toBe(0);
    const other = await gpuhost("inspect", "--root", root, "--json", "--expect", "0000");
    expect(other.status).toBe(1);
    expect(JSON.parse(other.stdout).fingerprint).toBe(fingerprint);
    expect(other.stderr).toContain(`the fingerprint is ${fingerprint}, not 0000`);
  });

  test("0 whatever the verdicts", async () => {
    expect((await gpuhost("inspect", "--root", tree(aCard({ gpu: { reset: "" } })))).status).toBe(0);
  });

  test.each<[string, readonly string[], RegExp]>([
    ["an unknown option", ["inspect", "--frob"], /unknown option '--frob'/],
    ["an unknown command", ["frob"], /unknown command|too many arguments/],
    ["two sources", ["inspect", "--root", "/x", "--host", "y"], /cannot be used with/],
    ["a host and a recording", ["inspect", "--host", "y", "file"], /not both/],
    ["record without a file", ["record", "--host", "y"], /required option '-o, --output <file>'/],
  ])("2 for %s", async (_, args, message) => {
    const ran = await gpuhost(...args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(message);
  });

  test.each<[string, string, RegExp]>([
    ["neither YAML nor JSON", "trustLevel: [", /cannot be used as a policy/],
    ["nothing in it", "", /expected an object with trustLevel/],
    ["an unknown level", '{"trustLevel": "friends"}', /trustLevel: expected one of "single-tenant", .* found "friends"/],
    ["an unknown setting", '{"trustLevel": "single-tenant", "exeptions": []}', /"exeptions" is not known here; did you mean "exceptions"/],
  ])("2 for a policy with %s", async (_, text, message) => {
    const ran = await gpuhost("inspect", "--root", tree(ready()), "--policy", file("policy.json", text));
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(message);
  });

  test("3 for what cannot be read", async () => {
    expect(await gpuhost("inspect", "--root", "/nonexistent/tree")).toMatchObject({ status: 3, stdout: "", stderr: "gpuhost: /nonexistent/tree is not there\n" });
    const odd = await gpuhost("inspect", "--root", tree(aCard({ gpu: { class: "what" } })));
    expect(odd.status).toBe(3);
    expect(odd.stderr).toContain(`/sys/bus/pci/devices/${gpu}/class holds "0xwhat"`);
  });

  test("0 for the version, which is the package's", async () => {
    const { version } = JSON.parse(readFileSync(join(__dirname, "..", "..", "package.json"), "utf8")) as { version: string };
    expect(await gpuhost("--version")).toEqual({ status: 0, stdout: `${version}\n`, stderr: "" });
  });

  test("0 for help, which names the exit statuses", async () => {
    const ran = await gpuhost("inspect", "--help");
    expect([ran.status, ran.stdout.includes("Exit status")]).toEqual([0, true]);
  });
});

test("the policy's trust level counts", async () => {
  const root = tree(aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { reset: "" } }).addPath("/dev/vfio/12"));
  const verdict = async (...args: string[]): Promise<unknown> => JSON.parse((await gpuhost("inspect", "--root", root, "--json", ...args)).stdout).gpus[0].verdict;
  expect(await verdict()).toBe("refused");
  expect(await verdict("--policy", file("policy.json", '{"trustLevel": "single-tenant"}'))).toBe("ready");
});

describe("the policy's exceptions", () => {
  const text = `
trustLevel: multi-tenant
exceptions:
  - { host: gpu-node-7, address: 0000:65:00.0, rule: no-reset-method, reason: "one guest for good", owner: alice, expires: 2027-01-31 }
  - { host: other, address: 0000:65:00.0, rule: ats-enabled, reason: x, owner: y, expires: 2027-01-31 }
`;
  const root = (): string => tree(aCard({ driver: "vfio-pci", companion: "vfio-pci", gpu: { reset: "" } }).addPath("/dev/vfio/12"));
  const inspected = async (...args: string[]): Promise<{ verdict: string; findings: unknown[] }> =>
    JSON.parse((await gpuhost("inspect", "--root", root(), "--json", "--policy", file("gpu-policy.yaml", text), ...args)).stdout).gpus[0];

  // A recording calls every host host-1, so that it has to be said which one it is.
  test("count for the host that is named, until their last day", async () => {
    expect((await inspected("--name", "gpu-node-7", "--today", "2027-01-31")).verdict).toBe("ready");
    expect((await inspected("--name", "gpu-node-7", "--today", "2027-02-01")).verdict).toBe("refused");
    expect((await inspected("--name", "other", "--today", "2027-01-31")).verdict).toBe("refused");
    expect((await inspected("--today", "2027-01-31")).verdict).toBe("refused");
  });

  test("are shown with owner, reason and day, in JSON and in tables", async () => {
    const card = await inspected("--name", "gpu-node-7", "--today", "2027-01-31");
    expect(card.findings).toEqual([expect.objectContaining({
      rule: "no-reset-method", severity: "warn", exceptions: [{ address: gpu, reason: "one guest for good", owner: "alice", expires: "2027-01-31", counts: true }],
    }), expect.objectContaining({ rule: "control-registers-open", severity: "note" })]);
    const policy = file("gpu-policy.yaml", text);
    const ran = await gpuhost("inspect", "--root", root(), "--policy", policy, "--name", "gpu-node-7", "--today", "2027-01-31");
    expect(ran.stdout).toContain(`Policy       ${policy}: multi-tenant; one exception names gpu-node-7\n`);
    expect(ran.stdout.replaceAll(/\s+/g, " ")).toContain("Let pass by exception: one guest for good (alice, until 2027-01-31).");
  });

  test("2 for a day that is none", async () => {
    expect(await gpuhost("inspect", "--root", root(), "--today", "2027-02-30")).toMatchObject({ status: 2, stderr: "gpuhost: --today 2027-02-30: expected a day such as 2027-01-31\n" });
  });
});

test("the tables for people", async () => {
  const of = aCard({ gpu: { reset: "pm" } });
  addFunction(of, "0000:66:00.0", { ids: "8086:1521", class: "020000", driver: "igb", above: [port], group: 12 });
  addFunction(of, "0000:a1:00.0", { ids: "10de:2330", group: 20, driver: "vfio-pci" });
  addFunction(of, "0000:a2:00.0", { ids: "10de:2330", group: 21, driver: "vfio-pci" });
  of.addPath("/dev/vfio/20").addPath("/dev/vfio/21").addText("/sys/module/vfio_iommu_type1/parameters/allow_unsafe_interrupts", "N");
  of.texts.delete("/proc/cmdline");
  const facts = factsOf(of);
  await expect(inspectTables("hv1", facts, judge(facts), "0123456789abcdef0123", sharing(facts, judge(facts)))).toMatchFileSnapshot("tables.golden.txt");
});
