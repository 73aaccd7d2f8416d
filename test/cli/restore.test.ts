import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, it, vi } from "vitest";
import { Bench, dropIn } from "../host/agent/simulated";
import { gpuhost } from "./command";

describe("gpuhost restore", () => {
  let bench: Bench;
  let before: string;
  beforeAll(async () => {
    bench = await Bench.open("quiet intel_iommu=off");
    before = bench.configuration();
    const home = join(bench.fleet.folder, "home");
    mkdirSync(join(home, ".ssh"), { recursive: true, mode: 0o700 });
    writeFileSync(join(home, ".ssh", "config"), [
      "Host hv1", `  HostName ${bench.host.address}`, `  Port ${bench.host.port}`, "  User root",
      `  IdentityFile ${bench.fleet.keyFile}`, `  UserKnownHostsFile ${bench.fleet.knownHostsFile}`, "",
    ].join("\n"));
    vi.stubEnv("HOME", home);
    vi.stubEnv("SSH_AUTH_SOCK", "");
  });
  afterAll(async () => {
    vi.unstubAllEnvs();
    await bench.close();
  });

  it("says that there is nothing to restore on a host that was never touched", async () => {
    expect(await gpuhost("restore", "--host", "hv1", "--dry-run")).toEqual({ status: 0, stdout: "hv1: a restore would do this:\n  nothing to restore\n", stderr: "" });
    expect(bench.host.files.exists("/var/lib/gpuhost")).toBe(false);
  });

  it("says what it would do, does it, and says what it did", async () => {
    await bench.done("KernelArguments", dropIn("kept", "intel_iommu=on"), { kind: "renderBootEntries", adds: ["intel_iommu=on"], removes: ["intel_iommu=off"] });
    const changed = bench.configuration();
    const planned = await gpuhost("restore", "--host", "hv1", "--dry-run");
    expect(planned.stdout).toBe("hv1: a restore would do this:\n  /etc/default/grub.d/zz-gpuhost.cfg is removed\n  the boot entries are put back as they were, or rendered without us\n");
    expect(bench.configuration()).toBe(changed);
    const restored = await gpuhost("restore", "--host", "hv1");
    expect(restored.status).toBe(0);
    expect(restored.stdout).toBe("hv1: restored\n  done: removed /etc/default/grub.d/zz-gpuhost.cfg\n  done: put back the boot entries as they were before us\n");
    expect(restored.stderr).toContain("hv1: step 1 of 2: restoreFile\n");
    expect(bench.configuration()).toBe(before);
  });

  it("names what it leaves, and its status says so", async () => {
    await bench.done("KernelArguments", { kind: "writeFile", path: "/etc/ours", text: "ours\n", mode: "0644", before: "absent" });
    bench.host.files.write("/etc/ours", "ours and theirs");
    const restored = await gpuhost("restore", "--host", "hv1");
    expect(restored.stdout).toContain("left: /etc/ours was edited by somebody since and is left as it is");
    expect(restored.status).toBe(4);
    bench.host.files.remove("/etc/ours");
  });

  it("does not reach a host whose key it does not know", async () => {
    writeFileSync(bench.fleet.knownHostsFile, "");
    const refused = await gpuhost("restore", "--host", "hv1");
    expect([refused.status, refused.stdout]).toEqual([3, ""]);
    expect(refused.stderr).toMatch(/^gpuhost: hv1: /);
  });
});
