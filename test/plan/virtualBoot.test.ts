import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, describe, expect, it } from "vitest";
import { VIRTUAL_SCRIPT } from "../../provider/plan/virtualBootScript";
import { availableShells } from "./shells";

const physical = "0000:41:00.0";
const virtual = ["0000:41:00.4", "0000:41:00.5"] as const;
const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

interface Options {
  readonly line: string;
  readonly now?: number;
  readonly driver?: string;
  /** Driver that the first virtual function has already. */
  readonly first?: string;
}

/** A tree with one physical function and two virtual ones already in place: a file cannot make directories as the kernel does. */
function tree({ line, now = 0, driver = "gim", first }: Options): string {
  const root = mkdtempSync(join(tmpdir(), "gpuhost-virtual-"));
  folders.push(root);
  const put = (path: string, text: string): void => {
    mkdirSync(join(root, path, ".."), { recursive: true });
    writeFileSync(join(root, path), text);
  };
  const device = (address: string) => `sys/bus/pci/devices/${address}`;
  const ids = { vendor: "0x1002", device: "0x740f", subsystem_vendor: "0x1002", subsystem_device: "0x0c34" };
  for (const [name, text] of Object.entries({ ...ids, sriov_numvfs: String(now), sriov_drivers_autoprobe: "1" })) put(`${device(physical)}/${name}`, `${text}\n`);
  mkdirSync(join(root, `sys/bus/pci/drivers/${driver}`), { recursive: true });
  symlinkSync(`../../drivers/${driver}`, join(root, device(physical), "driver"));
  virtual.forEach((address, at) => {
    put(`${device(address)}/driver_override`, "(null)\n");
    put(`${device(address)}/nvidia/current_vgpu_type`, "0\n");
    symlinkSync(`../${address}`, join(root, device(physical), `virtfn${at}`));
  });
  if (first !== undefined) symlinkSync(`../../drivers/${first}`, join(root, device(virtual[0]), "driver"));
  put("sys/bus/pci/drivers_probe", "");
  put("etc/gpuhost/virtual-functions.conf", `# a comment\n${line}\n`);
  return root;
}

function run(shell: readonly string[], root: string): { readonly status: number | null; readonly said: string } {
  // Waiting for a driver takes its 60 looks without the seconds between them.
  const script = `sleep() { :; }\nmodprobe() { :; }\n${VIRTUAL_SCRIPT}`;
  const { status, stdout, stderr } = spawnSync(shell[0] ?? "", shell.slice(1), { input: script, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "", GPUHOST_ROOT: root } });
  expect(stderr).toBe("");
  return { status, said: stdout };
}

const read = (root: string, path: string): string => readFileSync(join(root, "sys/bus/pci/devices", path), "utf8").trim();

describe.each(availableShells())("the boot script of virtual functions under %s", (_, shell) => {
  it("sets the number, and keeps other drivers off until each has its own", () => {
    const root = tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel vfio-pci -` });
    const { said } = run(shell, root);
    expect(said).toContain(`gpuhost: ${physical} has 2 virtual functions: ${virtual.join(" ")}`);
    expect([read(root, `${physical}/sriov_numvfs`), read(root, `${physical}/sriov_drivers_autoprobe`)]).toEqual(["2", "1"]);
    expect(virtual.map((address) => read(root, `${address}/driver_override`))).toEqual(["vfio-pci", "vfio-pci"]);
    expect(readFileSync(join(root, "sys/bus/pci/drivers_probe"), "utf8").trim()).toBe(virtual[1]);
  });

  it("leaves the choice of the driver to the kernel, or nobody, and writes types", () => {
    const host = tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel host 557,0` });
    expect(run(shell, host).status).toBe(0);
    expect(virtual.map((address) => [read(host, `${address}/driver_override`), read(host, `${address}/nvidia/current_vgpu_type`)])).toEqual([["(null)", "557"], ["(null)", "0"]]);
    const nobody = tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel none -` });
    run(shell, nobody);
    expect([read(nobody, `${physical}/sriov_drivers_autoprobe`), read(nobody, `${physical}/sriov_numvfs`)]).toEqual(["0", "2"]);
  });

  it("gives functions that are there already a driver where they have none, and names those that have another", () => {
    const root = tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel vfio-pci -`, now: 2, first: "iavf" });
    const { status, said } = run(shell, root);
    expect([status, said]).toEqual([1, expect.stringContaining(`${virtual[0]} was there already, on iavf and not on vfio-pci: left alone`)]);
    expect(virtual.map((address) => read(root, `${address}/driver_override`))).toEqual(["(null)", "vfio-pci"]);
    expect(readFileSync(join(root, "sys/bus/pci/drivers_probe"), "utf8").trim()).toBe(virtual[1]);
    const none = (first?: string) => run(shell, tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel none -`, now: 2, ...(first === undefined ? {} : { first }) }));
    expect([none(), none("iavf").status]).toEqual([{ status: 0, said: "" }, 1]);
    const theirs = tree({ line: `${physical} 1002:740f:1002:0c34 gim 2 kernel vfio-pci -`, now: 2, first: "vfio-pci" });
    run(shell, theirs);
    expect(read(theirs, `${virtual[0]}/driver_override`)).toBe("(null)");
  });

  it.each([
    ["another card", { line: `${physical} 1002:ffff:1002:0c34 gim 2 kernel vfio-pci -` }, /is 1002:740f:1002:0c34, expected 1002:ffff:1002:0c34: left alone/],
    ["a card whose driver did not come", { line: `${physical} 1002:740f:1002:0c34 gim 2 kernel vfio-pci -`, driver: "amdgpu" }, /is on amdgpu, expected gim: left alone/],
    ["virtual functions that are there already", { line: `${physical} 1002:740f:1002:0c34 gim 2 kernel vfio-pci -`, now: 1 }, /has 1 virtual functions already, expected 2: left alone/],
    ["a card that is gone", { line: "0000:99:00.0 1002:740f:1002:0c34 gim 2 kernel vfio-pci -" }, /0000:99:00.0 is not there, expected/],
  ] satisfies [string, Options, RegExp][])("leaves %s alone, says so, and fails", (__, options, says) => {
    const root = tree(options);
    const { status, said } = run(shell, root);
    expect([status, said]).toEqual([1, expect.stringMatching(says)]);
    expect(read(root, `${physical}/sriov_numvfs`)).toBe(String("now" in options ? options.now : 0));
  });
});

it("passes shellcheck", () => {
  const found = spawnSync("shellcheck", ["--version"]).status === 0;
  if (found) expect(execFileSync("shellcheck", ["-s", "sh", "-"], { input: `#!/bin/sh\n${VIRTUAL_SCRIPT}`, encoding: "utf8" })).toBe("");
  else expect(VIRTUAL_SCRIPT).toContain("exit");
});
