import { execFileSync, spawnSync } from "node:child_process";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync, existsSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import fc from "fast-check";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { BINDING_PATH, bindingText, readBinding } from "../../provider/plan/bootBinding";
import type { BootBinding } from "../../provider/plan/bootBinding";
import { takenAtBoot } from "../../provider/plan/bindingByIds";
import { hookFiles } from "../../provider/plan/bootBindingFiles";
import { DROP_IN_PATH, dropInText, NOTHING_WANTED } from "../../provider/plan/gpuhostDropIn";
import { hostFacts } from "./factsBuilder";
import { availableShells } from "./shells";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "gpuhost-boot-"));
  put("dev/kmsg", "");
  put("sys/bus/pci/drivers_probe", "");
});
afterEach(() => rmSync(root, { recursive: true }));

function put(path: string, text: string, mode = 0o644): string {
  const at = join(root, path);
  mkdirSync(dirname(at), { recursive: true });
  writeFileSync(at, text);
  chmodSync(at, mode);
  return at;
}

const read = (path: string): string => readFileSync(join(root, path), "utf8");

function putDevice(address: string, ids: string, driver?: string, { classCode = "030200", bootVga = "" } = {}): void {
  const at = `sys/bus/pci/devices/${address}`;
  put(`${at}/class`, `0x${classCode}\n`);
  if (bootVga !== "") put(`${at}/boot_vga`, `${bootVga}\n`);
  ["vendor", "device", "subsystem_vendor", "subsystem_device"].forEach((name, index) => put(`${at}/${name}`, `0x${ids.split(":")[index]}\n`));
  put(`${at}/driver_override`, "(null)\n");
  if (driver === undefined) return;
  mkdirSync(join(root, `sys/bus/pci/drivers/${driver}`), { recursive: true });
  symlinkSync(`../../drivers/${driver}`, join(root, `${at}/driver`));
}

/** Loading a driver binds the functions that have it as override and no driver yet, as the kernel does. */
const MODPROBE = `#!/bin/sh
for driver; do :; done
echo "$driver" >>"$GPUHOST_ROOT/modprobe.log"
mkdir -p "$GPUHOST_ROOT/sys/bus/pci/drivers/$driver"
for device in "$GPUHOST_ROOT"/sys/bus/pci/devices/*; do
  if [ ! -e "$device/driver" ] && [ "$(cat "$device/driver_override")" = "$driver" ]; then ln -s "../../drivers/$driver" "$device/driver"; fi
done
`;

const binding: BootBinding = {
  state: "kept", before: [],
  functions: [
    { address: "0000:01:00.0", ids: "10de:20b5:10de:1533", driver: "vfio-pci" },
    { address: "0000:01:00.1", ids: "10de:22bc:10de:1533", driver: "vfio-pci" },
    { address: "0000:02:00.0", ids: "8086:10d3:8086:a01f", driver: "pci-stub" },
  ],
};
const [hook, initTop] = hookFiles("initramfs-tools");
const [moduleSetup, dracutBind] = hookFiles("dracut");

describe("the binding file", () => {
  const part = fc.constantFrom("0000:01:00.0", "0000:01:00.1", "10000:e1:00.0", "any");
  const list = fc.array(fc.record({ address: part, ids: fc.constant("10de:20b5:10de:1533"), driver: fc.constantFrom("vfio-pci", "nvgrace_gpu_vfio_pci") }));
  it("is read back as what it was made from", () => {
    fc.assert(fc.property(fc.constantFrom("trial" as const, "kept" as const), list, list, (state, functions, before) => {
      expect(readBinding(bindingText({ state, functions, before }))).toEqual({ state, functions, before });
    }));
  });
  it("is nobody's when a person edited it", () => {
    expect(readBinding(`${bindingText(binding)}0000:09:00.0 10de:1:2:3 vfio-pci # mine\n`)).toBeNull();
  });
});

describe.each(availableShells())("the boot script under %s", (_name, shell) => {
  const bind = (text: string | undefined): string => {
    put("bin/modprobe", MODPROBE, 0o755);
    const script = put("gpuhost", text ?? "", 0o755);
    const [command, ...flags] = shell as [string, ...string[]];
    execFileSync(command, [...flags, script], { env: { GPUHOST_ROOT: root, PATH: `${root}/bin:${process.env["PATH"] ?? ""}` } });
    return read("dev/kmsg");
  };

  it.each([["initramfs-tools", initTop?.text], ["dracut", dracutBind?.text]])("binds by address and leaves the rest alone (%s)", (_tool, text) => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533");
    putDevice("0000:01:00.1", "10de:22bc:10de:1533");
    putDevice("0000:02:00.0", "8086:10d3:8086:a01f");
    putDevice("0000:03:00.0", "10de:20b5:10de:1533");
    put(BINDING_PATH, bindingText(binding));
    bind(text);
    const overrides = ["01:00.0", "01:00.1", "02:00.0", "03:00.0"].map((address) => read(`sys/bus/pci/devices/0000:${address}/driver_override`).trim());
    expect(overrides).toEqual(["vfio-pci", "vfio-pci", "pci-stub", "(null)"]);
    expect(read("modprobe.log").trim().split("\n")).toEqual(["vfio-pci", "pci-stub"]);
    expect(existsSync(join(root, "sys/bus/pci/devices/0000:03:00.0/driver"))).toBe(false);
  });

  it("leaves another card at the address alone and says so in the kernel's log", () => {
    putDevice("0000:01:00.0", "10de:1eb8:10de:1533");
    put(BINDING_PATH, bindingText({ ...binding, functions: binding.functions.slice(0, 2) }));
    const said = bind(initTop?.text);
    expect(read("sys/bus/pci/devices/0000:01:00.0/driver_override")).toBe("(null)\n");
    expect(existsSync(join(root, "modprobe.log"))).toBe(false);
    expect(said).toContain("0000:01:00.1 is not there, expected 10de:22bc:10de:1533: left alone");
  });

  const overrides = (...addresses: string[]): string[] => addresses.map((address) => read(`sys/bus/pci/devices/${address}/driver_override`).trim());
  const wide = (ids: string, driver = "vfio-pci"): BootBinding => ({ state: "kept", before: [], functions: [{ address: "any", ids, driver }] });

  it.each([["initramfs-tools", initTop?.text], ["dracut", dracutBind?.text]])("binds by ids wherever they are, where that was asked for, and nothing else (%s)", (_tool, text) => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533");
    putDevice("0000:02:00.0", "10de:20b5:1028:0001");
    putDevice("0000:03:00.0", "10de:20b:10de:1533");
    putDevice("0000:04:00.0", "10de:20b50:10de:1533");
    putDevice("10000:e1:00.0", "10de:20b5:10de:1533", undefined, { classCode: "120000" });
    put(BINDING_PATH, bindingText(wide("10de:20b5")));
    const said = bind(text);
    expect(overrides("0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "0000:04:00.0", "10000:e1:00.0")).toEqual(["vfio-pci", "vfio-pci", "(null)", "(null)", "vfio-pci"]);
    expect(read("modprobe.log")).toBe("vfio-pci\n");
    expect(said).toContain("10000:e1:00.0 is on vfio-pci");
  });

  it("takes by ids exactly what the planner says it takes", () => {
    const device = fc.record({
      ids: fc.constantFrom("10de:20b5:10de:1533", "10de:20b5:1028:0001", "10de:22bc:10de:1533", "1002:740f:1002:0c34"),
      class: fc.constantFrom("030000", "030200", "038000", "120000", "040300", "010802", "060400"), bootVga: fc.constantFrom(true, false, undefined),
    });
    const asked = fc.uniqueArray(fc.constantFrom("10de:20b5", "10de:20b5:1028:0001", "1002:740f", "10de:1eb8"), { minLength: 1 });
    fc.assert(fc.property(fc.array(device, { minLength: 1, maxLength: 4 }), asked, (found, ids) => {
      rmSync(join(root, "sys/bus/pci/devices"), { recursive: true, force: true });
      const devices = found.map((each, at) => ({ ...each, address: `0000:0${at + 1}:00.0` }));
      for (const each of devices) putDevice(each.address, each.ids, undefined, { classCode: each.class, bootVga: each.bootVga === undefined ? "" : String(Number(each.bootVga)) });
      const functions = ids.map((one) => ({ address: "any", ids: one, driver: "vfio-pci" }));
      put(BINDING_PATH, bindingText({ state: "kept", before: [], functions }));
      bind(initTop?.text);
      const taken = devices.map((each) => each.address).filter((address) => overrides(address)[0] === "vfio-pci");
      const facts = hostFacts({ devices: devices.map(({ bootVga, ...each }) => (bootVga === undefined ? each : { ...each, bootVga })) });
      expect(taken).toEqual(takenAtBoot(facts, functions));
    }), { numRuns: 25 });
  });

  it("looks at the subsystem too where the ids have it", () => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533");
    putDevice("0000:02:00.0", "10de:20b5:1028:0001");
    put(BINDING_PATH, bindingText(wide("10de:20b5:10de:1533")));
    bind(initTop?.text);
    expect(overrides("0000:01:00.0", "0000:02:00.0")).toEqual(["vfio-pci", "(null)"]);
  });

  it("takes by ids alone no boot display, no virtual function and nothing but displays and accelerators", () => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533", undefined, { classCode: "030000", bootVga: "1" });
    putDevice("0000:02:00.0", "10de:20b5:10de:1533", undefined, { classCode: "030000", bootVga: "0" });
    for (const [at, classCode] of ["010802", "020000", "060400", "0c0330", "040300"].entries()) putDevice(`0000:03:00.${at}`, "10de:20b5:10de:1533", undefined, { classCode });
    putDevice("0000:04:00.0", "10de:20b5:10de:1533");
    symlinkSync("../0000:02:00.0", join(root, "sys/bus/pci/devices/0000:04:00.0/physfn"));
    putDevice("0000:05:00.0", "10de:20b5:10de:1533");
    rmSync(join(root, "sys/bus/pci/devices/0000:05:00.0/class"));
    put(BINDING_PATH, bindingText(wide("10de:20b5")));
    const said = bind(initTop?.text);
    expect(overrides("0000:01:00.0", "0000:02:00.0", "0000:03:00.0", "0000:03:00.1", "0000:03:00.2", "0000:03:00.3", "0000:03:00.4", "0000:04:00.0", "0000:05:00.0"))
      .toEqual(["(null)", "vfio-pci", ...Array<string>(7).fill("(null)")]);
    expect(said).toContain("0000:01:00.0 is 10de:20b5:10de:1533 as asked for wherever it is, but is the display the host booted on: left alone");
    expect(said).toContain("0000:03:00.0 is 10de:20b5:10de:1533 as asked for wherever it is, but is no display or accelerator (class 0x010802): left alone");
  });

  it("lets a line of a function's own come before the one about its ids, wherever it stands", () => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533", undefined, { classCode: "030000", bootVga: "1" });
    putDevice("0000:02:00.0", "10de:20b5:10de:1533");
    const { functions } = wide("10de:20b5");
    put(BINDING_PATH, bindingText({ state: "kept", before: [], functions: [...functions, { address: "0000:01:00.0", ids: "10de:20b5:10de:1533", driver: "pci-stub" }] }));
    bind(initTop?.text);
    expect(overrides("0000:01:00.0", "0000:02:00.0")).toEqual(["pci-stub", "vfio-pci"]);
    expect(read("modprobe.log").trim().split("\n")).toEqual(["pci-stub", "vfio-pci"]);
  });

  it("does nothing where nothing is of the ids, or there is no PCI device at all", () => {
    put(BINDING_PATH, bindingText(wide("10de:20b5")));
    expect(bind(initTop?.text)).toBe("");
    putDevice("0000:01:00.0", "10de:1eb8:10de:1533");
    expect(bind(initTop?.text)).toBe("");
    expect([overrides("0000:01:00.0"), existsSync(join(root, "modprobe.log"))]).toEqual([["(null)"], false]);
  });

  it("never writes new_id, whatever is asked for", () => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533");
    put("sys/bus/pci/drivers/vfio-pci/new_id", "");
    put(BINDING_PATH, bindingText(wide("10de:20b5")));
    bind(initTop?.text);
    expect([overrides("0000:01:00.0"), read("sys/bus/pci/drivers/vfio-pci/new_id")]).toEqual([["vfio-pci"], ""]);
  });

  it("says when another driver was first", () => {
    putDevice("0000:01:00.0", "10de:20b5:10de:1533", "nouveau");
    put(BINDING_PATH, bindingText({ ...binding, functions: binding.functions.slice(0, 1) }));
    expect(bind(initTop?.text)).toContain("0000:01:00.0 is on nouveau, not on vfio-pci");
  });

  it("does nothing in an image without a binding", () => {
    expect(bind(initTop?.text)).toBe("");
  });

  const build = (environment: Record<string, string>, ours = initTop?.text ?? ""): { binding: string | undefined; modules: string; status: number | null; said: string } => {
    put("usr/share/initramfs-tools/hook-functions", 'manual_add_modules() { echo "$1" >>"$GPUHOST_ROOT/modules.log"; }\n');
    put("image/scripts/init-top/udev", '#!/bin/sh\nPREREQS=""\ncase $1 in prereqs) echo "$PREREQS" ;; esac\n', 0o755);
    put("image/scripts/init-top/gpuhost", ours, 0o755);
    const [command, ...flags] = shell as [string, ...string[]];
    const done = spawnSync(command, [...flags, put("hook", hook?.text ?? "", 0o755)], { encoding: "utf8", env: { ...environment, PATH: process.env["PATH"] ?? "", GPUHOST_ROOT: root, DESTDIR: join(root, "image") } });
    const made = join(root, "image", BINDING_PATH);
    return { binding: existsSync(made) ? readFileSync(made, "utf8") : undefined, modules: existsSync(join(root, "modules.log")) ? read("modules.log") : "", status: done.status, said: done.stderr };
  };

  it("gets into the default image only what is kept, and into the trial's what is tried", () => {
    const before = [{ address: "0000:05:00.0", ids: "1:2:3:4", driver: "vfio-pci" }, { address: "any", ids: "10de:20b5", driver: "vfio-pci" }];
    put(BINDING_PATH, bindingText({ ...binding, state: "trial", before }));
    expect(build({})).toMatchObject({ binding: "0000:05:00.0 1:2:3:4 vfio-pci\nany 10de:20b5 vfio-pci\n", modules: "vfio-pci\n", status: 0 });
    rmSync(join(root, "modules.log"));
    const tried = build({ GPUHOST_TRIAL: "1" });
    expect(tried).toMatchObject({ modules: "vfio-pci\npci-stub\n", status: 0, said: "" });
    expect(tried.binding?.split("\n")).toHaveLength(4);
    rmSync(join(root, "image"), { recursive: true });
    put(BINDING_PATH, bindingText({ ...binding, state: "trial" }));
    expect(build({})).toMatchObject({ binding: undefined, status: 0 });
  });

  it("ends a trial's image in which udev would be first", () => {
    put(BINDING_PATH, bindingText(binding));
    put("image/scripts/init-top/a-first", '#!/bin/sh\ncase $1 in prereqs) echo udev ;; esac\n', 0o755);
    expect(build({ GPUHOST_TRIAL: "1" }).status).toBe(0);
    const late = '#!/bin/sh\ncase $1 in prereqs) echo udev ;; esac\n';
    expect(build({ GPUHOST_TRIAL: "1" }, late)).toMatchObject({ status: 1, said: expect.stringContaining("too late") as string });
    expect(build({}, late).status).toBe(0);
  });
});

describe("dracut's module", () => {
  it("installs the binding, the script and the hook, and only where there is a binding", () => {
    const run = (what: string): number | null => spawnSync("bash", ["-c", `inst_script() { echo "script $*" >>"$GPUHOST_ROOT/log"; }; inst_hook() { echo "hook $*" >>"$GPUHOST_ROOT/log"; }
instmods() { echo "module $*" >>"$GPUHOST_ROOT/log"; }; . "$GPUHOST_ROOT/setup"; ${what}`], { env: { ...process.env, GPUHOST_ROOT: root, initdir: join(root, "image"), moddir: "/m" } }).status;
    put("setup", moduleSetup?.text ?? "");
    expect(run("check")).toBe(1);
    put(BINDING_PATH, bindingText(binding));
    expect(run("check && installkernel && install")).toBe(0);
    expect(read("log").trim().split("\n")).toEqual(["module vfio-pci", "module pci-stub", "script /m/gpuhost-bind.sh /sbin/gpuhost-bind", "hook pre-udev 00 /m/gpuhost-pre-udev.sh"]);
    expect(read(`image${BINDING_PATH}`).trim().split("\n")).toHaveLength(3);
  });
});

describe("shellcheck", () => {
  const there = spawnSync("shellcheck", ["--version"]).status === 0;
  const dropIn = dropInText({ state: "kept", wanted: { ...NOTHING_WANTED, shouldExist: ["iommu=pt"] }, before: NOTHING_WANTED });
  const files = [...hookFiles("initramfs-tools"), ...hookFiles("dracut")].map((file): [string, string] => [file.path, file.text]);
  it.skipIf(!there).each([...files, [DROP_IN_PATH, dropIn]])("has nothing to say of %s", (_path, text) => {
    expect(spawnSync("shellcheck", ["-"], { input: text, encoding: "utf8" }).stdout).toBe("");
  });
});
