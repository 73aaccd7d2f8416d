import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { basename, join } from "node:path";
import { afterEach, describe, expect, test, vi } from "vitest";
import { withoutAddresses } from "../../provider/cli/identities";
import { recordingEntries } from "../../provider/host/record";
import { writeRecording } from "../../provider/host/recordingArchive";
import { writeTree } from "../facts/trees";
import type { TreeSnapshot } from "../../provider/facts/treeSnapshot";
import { bindable, ready, shared } from "../report/hosts";
import { gpuhost } from "./command";

const folders: string[] = [];
afterEach(() => {
  vi.unstubAllEnvs();
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
});

function tree(of: TreeSnapshot): string {
  const root = writeTree(of);
  folders.push(root);
  return root;
}

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), "gpuhost-test-"));
  folders.push(made);
  return made;
}

async function recording(of: TreeSnapshot, name = "hv1.tar.gz"): Promise<string> {
  const path = join(folder(), name);
  await writeRecording(recordingEntries(of), path);
  return path;
}

test("several hosts in one file, and the same bytes the next time", async () => {
  const output = join(folder(), "report.html");
  const args = ["report", "--recording", await recording(shared()), "--root", tree(ready()), "-o", output];
  expect(await gpuhost(...args)).toEqual({ status: 0, stdout: "", stderr: "" });
  const page = readFileSync(output, "utf8");
  expect([...page.matchAll(/<h2 [^>]*>([^<]*)</g)].map(([, name]) => name)).toEqual(["hv1.tar.gz", basename(args[4] ?? "")]);
  expect(page.match(/<svg/g)).toHaveLength(2);
  await gpuhost(...args);
  expect(readFileSync(output, "utf8")).toBe(page);
});

describe("a host that does not answer", () => {
  const home = (): void => {
    const made = folder();
    mkdirSync(join(made, ".ssh"));
    writeFileSync(join(made, ".ssh", "config"), "Host hv9\n  HostName 127.0.0.1\n  Port 1\n");
    vi.stubEnv("HOME", made);
  };

  test("is shown as such among those that did, and the status says so", async () => {
    home();
    const ran = await gpuhost("report", "hv9", "--root", tree(ready()));
    expect(ran.status).toBe(3);
    expect(ran.stderr).toMatch(/^gpuhost: hv9: /);
    expect(ran.stdout).toMatch(/<h2 id="host-1-name">hv9<\/h2>\n<p class="unread">.*could not be read<\/strong> hv9: /);
    expect(ran.stdout).toContain("● ready");
  });

  test("goes into the file without the address where it was looked for, and with the name that it was given", () => {
    const unread = (name: string, says: string) => withoutAddresses({ name, unread: says });
    expect(unread("hv9", "hv9: nothing listens at 10.20.30.40 port 22.")).toEqual({ name: "hv9", unread: "hv9: nothing listens at 192.0.2.1 port 22." });
    expect(unread("10.20.30.40", "10.20.30.40: no answer within 20 s, by way of 10.20.30.1.")).toEqual({ name: "10.20.30.40", unread: "10.20.30.40: no answer within 20 s, by way of 192.0.2.1." });
  });

  test("is in the JSON and in the picture too", async () => {
    home();
    expect(JSON.parse((await gpuhost("report", "hv9", "--json")).stdout)).toEqual({ schema: 1, hosts: [{ name: "hv9", unread: expect.stringMatching(/^hv9: /) }] });
    expect((await gpuhost("report", "hv9", "--svg")).stdout).toContain(">hv9: could not be read</text>");
  });
});

test("a recording that is not there is a host that could not be read", async () => {
  const ran = await gpuhost("report", "--recording", "/nonexistent/hv1.tar.gz", "--json");
  expect([ran.status, JSON.parse(ran.stdout)]).toEqual([3, { schema: 1, hosts: [{ name: "hv1.tar.gz", unread: "/nonexistent/hv1.tar.gz is not there" }] }]);
});

test("files of one name are told apart by their paths", async () => {
  const of = async (...roots: readonly string[]): Promise<string[]> => JSON.parse((await gpuhost("report", ...roots.flatMap((root) => ["--root", root]), "--json")).stdout).hosts.map(({ name }: { name: string }) => name);
  const [a, b] = [join(folder(), "root"), join(folder(), "root")];
  expect(await of(a, b)).toEqual([a, b]);
  expect(await of(a, "/nonexistent/hv2/")).toEqual(["root", "hv2"]);
});

test("without any host it is this machine", async () => {
  const ran = await gpuhost("report", "--json");
  expect([ran.status, JSON.parse(ran.stdout).hosts[0].name]).toEqual([0, "this machine"]);
});

test("--svg is one XML document, --json says what the page says", async () => {
  const root = tree(shared());
  const svg = (await gpuhost("report", "--root", root, "--svg")).stdout;
  expect(svg).toMatch(/^<svg xmlns="http:\/\/www.w3.org\/2000\/svg"[\s\S]*<\/svg>\n$/);
  const { hosts } = JSON.parse((await gpuhost("report", "--root", root, "--json")).stdout);
  expect(hosts[0]).toMatchObject({ iommu: { state: "active", groups: 3 }, cards: [{ address: "0000:01:00.0", verdict: "refused" }, { address: "0000:03:00.0", verdict: "refused" }] });
});

describe("the policy", () => {
  const policy = (): string => {
    const path = join(folder(), "gpu-policy.yaml");
    writeFileSync(path, "trustLevel: multi-tenant\nexceptions:\n  - { host: hv1, address: 0000:65:00.0, rule: no-reset-method, reason: one guest for good, owner: alice, expires: 2027-01-31 }\n");
    return path;
  };
  const root = (): string => tree(bindable().addText("/sys/bus/pci/devices/0000:65:00.0/reset_method", ""));
  const verdict = async (...args: readonly string[]): Promise<string> => JSON.parse((await gpuhost("report", ...args, "--json")).stdout).hosts[0].cards[0].verdict;

  test("counts for the host that --name says, until the exception's last day", async () => {
    const at = root();
    expect(await verdict("--root", at)).toBe("refused");
    expect(await verdict("--root", at, "--policy", policy(), "--name", "hv1", "--today", "2027-01-31")).toBe("bindable");
    expect(await verdict("--root", at, "--policy", policy(), "--name", "hv1", "--today", "2027-02-01")).toBe("refused");
  });

  test("is on the page, and so is who let something pass", async () => {
    const { stdout } = await gpuhost("report", "--root", root(), "--policy", policy(), "--name", "hv1", "--today", "2026-11-21");
    expect(stdout).toContain("gpu-policy.yaml: multi-tenant; one exception names hv1");
    expect(stdout).toContain("let pass by alice until 2027-01-31: one guest for good");
  });
});

test("what identifies a machine, a network or a guest is left out", async () => {
  const secrets = { disk: "wwn-0x5000c500a1b2c3d4", uuid: "6f1c9f2e-1111-4222-8333-abcdefabcdef", guest: "alice-s-desktop", root: "0f3a9c1e-8a52-4a51-9d0c-1b1d6f0e7a11" };
  const of = shared().addAnswer("guests", `guest\nname guest=${secrets.guest},debug-threads=on\nuuid ${secrets.uuid}\ndevice vfio-pci,host=0000:01:00.0`);
  const root = tree(of);
  // A recording is redacted by itself; what is read of a live host is not, so the names are put back.
  writeFileSync(join(root, "gpuhost", "answers", "guests"), `guest\nname guest=${secrets.guest},debug-threads=on\nuuid ${secrets.uuid}\ndevice vfio-pci,host=0000:01:00.0\n`);
  writeFileSync(join(root, "boot", "grub", "grub.cfg"), readFileSync(join(root, "boot", "grub", "grub.cfg"), "utf8").replaceAll(/root=UUID=\S+/g, `root=UUID=${secrets.root} bootdev=/dev/disk/by-id/${secrets.disk} ip=10.11.12.13 mac=52:54:00:aa:bb:cc`));
  for (const form of [[], ["--json"], ["--svg"]]) {
    const { stdout } = await gpuhost("report", "--root", root, ...form);
    for (const secret of [...Object.values(secrets), "10.11.12.13", "52:54:00:aa:bb:cc", "5000c500a1b2c3d4"]) expect(stdout).not.toContain(secret);
  }
  const { stdout } = await gpuhost("report", "--root", root, "--json");
  expect(stdout).toContain("guest-1 has it");
  expect(stdout).toContain("root=UUID=00000000-0000-4000-8000-");
});

describe("exit status 2", () => {
  test.each<[string, readonly string[], RegExp]>([
    ["SVG and JSON at once", ["--svg", "--json"], /cannot be used with/],
    ["a name for two hosts", ["--name", "x", "--root", "/a", "--root", "/b"], /--name is the name of one host/],
    ["a card that is no address", ["--card", "gpu0", "--json"], /--card gpu0: expected a PCI address/],
    ["a day that is none", ["--today", "soon"], /--today soon: expected a day/],
    ["a file that cannot be written", ["--json", "-o", "/nonexistent/report.json"], /\/nonexistent\/report.json cannot be written/],
  ])("%s", async (_, args, message) => {
    const ran = await gpuhost("report", ...args);
    expect(ran.status).toBe(2);
    expect(ran.stderr).toMatch(message);
  });
});
