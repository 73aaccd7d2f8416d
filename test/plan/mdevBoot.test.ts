import { spawnSync } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import fc from "fast-check";
import { afterEach, describe, expect, it } from "vitest";
import { mdevBootScript } from "../../provider/plan/mdevBoot";
import type { MdevDeviceWish } from "../../provider/plan/mdevWishes";
import { availableShells } from "./shells";

const folders: string[] = [];
afterEach(() => folders.splice(0).forEach((folder) => rmSync(folder, { recursive: true })));

const uuid = (at: number): string => `4b20d080-1b54-4048-85b3-a6a62d165c0${at}`;
const wish = (at: number, type: string, parent = "mtty"): MdevDeviceWish => ({ uuid: uuid(at), type, parent });
const create = (type: string, parent = "mtty"): string => `sys/class/mdev_bus/${parent}/mdev_supported_types/${type}/create`;

/** A tree whose parent takes these types; a write is kept, and makes nothing. */
function tree(types: readonly string[], made: readonly string[] = []): string {
  const root = mkdtempSync(join(tmpdir(), "gpuhost-mdev-"));
  folders.push(root);
  for (const type of types) {
    mkdirSync(join(root, create(type), ".."), { recursive: true });
    writeFileSync(join(root, create(type)), "");
  }
  for (const device of made) mkdirSync(join(root, "sys/bus/mdev/devices", device), { recursive: true });
  return root;
}

function run(shell: readonly string[], root: string, devices: readonly MdevDeviceWish[]): { readonly status: number | null; readonly said: string } {
  // Waiting for a parent takes its 60 looks without the seconds between them.
  const { status, stderr } = spawnSync(shell[0] ?? "", shell.slice(1), { input: `sleep() { :; }\n${mdevBootScript(devices)}`, encoding: "utf8", env: { PATH: process.env["PATH"] ?? "", GPUHOST_ROOT: root } });
  return { status, said: stderr };
}

describe.each(availableShells())("the script of the boot under %s", (_, shell) => {
  it("makes what is not there, each by its own type, and leaves what is there", () => {
    const root = tree(["mtty-1", "mtty-2"], [uuid(1)]);
    expect(run(shell, root, [wish(1, "mtty-1"), wish(2, "mtty-2")])).toEqual({ status: 0, said: "" });
    expect([readFileSync(join(root, create("mtty-1")), "utf8"), readFileSync(join(root, create("mtty-2")), "utf8")]).toEqual(["", `${uuid(2)}\n`]);
  });

  it("goes on after one whose parent never came or that the kernel refuses, says which, and fails", () => {
    const root = tree(["mtty-1", "mtty-2"]);
    // A directory in its place refuses a write also to root.
    rmSync(join(root, create("mtty-1")));
    mkdirSync(join(root, create("mtty-1")));
    const { status, said } = run(shell, root, [wish(1, "nvidia-35", "0000:65:00.0"), wish(2, "mtty-1"), wish(3, "mtty-2")]);
    expect(status).toBe(1);
    expect(said).toContain(`gpuhost: 0000:65:00.0 offers no nvidia-35 after 60 s, so ${uuid(1)} was not made`);
    expect(said).toContain(`gpuhost: the kernel did not make ${uuid(2)}, a mtty-1 of mtty`);
    expect(readFileSync(join(root, create("mtty-2")), "utf8")).toBe(`${uuid(3)}\n`);
  });
});

it("writes for just the devices that are named, whichever they are", () => {
  fc.assert(fc.property(fc.subarray([1, 2, 3, 4]), fc.subarray([1, 2, 3, 4]), (wished, made) => {
    const types = [1, 2, 3, 4].map((at) => `t-${at}`);
    const root = tree(types, made.map(uuid));
    expect(run(["sh"], root, wished.map((at) => wish(at, `t-${at}`))).status).toBe(0);
    const written = [1, 2, 3, 4].filter((at) => existsSync(join(root, create(`t-${at}`))) && readFileSync(join(root, create(`t-${at}`)), "utf8") !== "");
    expect(written).toEqual(wished.filter((at) => !made.includes(at)));
  }), { numRuns: 20 });
});
