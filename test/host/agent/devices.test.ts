import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewRestore, restoreOnHost } from "../../../provider/host/restore";
import type { Rebind, Step } from "../../../provider/plan/step";
import { Bench } from "./simulated";

const graphics = "0000:65:00.0";
const audio = "0000:65:00.1";
const load: Step = { kind: "loadModule", module: "vfio-pci" };
const card: Rebind["functions"] = [
  { address: audio, ids: "10de:1aef:10de:147e", from: "snd_hda_intel", to: "vfio-pci" },
  { address: graphics, ids: "10de:2231:10de:147e", from: "nouveau", to: "vfio-pci" },
];
const bind = (deadlineSeconds = 20, functions = card): Step => ({ kind: "rebind", functions, deadlineSeconds });
const release: Step = { kind: "releaseDevice", addresses: [audio, graphics], deadlineSeconds: 20 };

describe("drivers on a simulated host", () => {
  let bench: Bench;
  beforeAll(async () => void (bench = await Bench.open("quiet intel_iommu=on")));
  afterAll(() => bench.close());

  const drivers = () => [bench.driver(graphics), bench.driver(audio)];
  const overrides = () => [graphics, audio].map((address) => bench.read(`/sys/bus/pci/devices/${address}/driver_override`));
  const journalled = (address: string) => bench.host.files.exists(`/var/lib/gpuhost/devices/${address}`);

  it("binds a card to vfio-pci and gives it back", async () => {
    await bench.done("VfioBinding", load, bind());
    expect(drivers()).toEqual(["vfio-pci", "vfio-pci"]);
    expect(bench.read(`/var/lib/gpuhost/devices/${graphics}/driver_before`)).toBe("nouveau");
    expect(bench.read(`/var/lib/gpuhost/devices/${graphics}/ids`)).toBe("10de:2231:10de:147e");
    expect((await bench.done("VfioBinding", load, bind())).steps.map((step) => step.state)).toEqual(["unchanged", "unchanged"]);
    await bench.done("VfioBinding", release);
    expect(drivers()).toEqual(["nouveau", "snd_hda_intel"]);
    expect(overrides()).toEqual(["", ""]);
    expect([journalled(graphics), journalled(audio)]).toEqual([false, false]);
    expect((await bench.done("VfioBinding", release)).steps[0]?.state).toBe("unchanged");
  });

  it("touches nothing where another device sits, nor a bridge, nor one on another driver", async () => {
    const other = card.map((each) => ({ ...each, ids: "10de:2231:10de:ffff" }));
    expect((await bench.apply("VfioBinding", bind(20, other))).says).toContain("there is 10de:1aef:10de:147e now");
    const bridge = { address: "0000:64:00.0", ids: "8086:352a:8086:0001", from: "pcieport", to: "vfio-pci" };
    expect((await bench.apply("VfioBinding", bind(20, [...card, bridge]))).says).toContain("is a bridge");
    const moved = card.map((each) => ({ ...each, from: "amdgpu" }));
    expect((await bench.apply("VfioBinding", bind(20, moved))).says).toContain("is on snd_hda_intel now, and the plan was made for amdgpu");
    expect(drivers()).toEqual(["nouveau", "snd_hda_intel"]);
    expect([bench.driver("0000:64:00.0"), ...overrides()]).toEqual(["pcieport", "", ""]);
  });

  it("gives drivers back when a later step fails", async () => {
    const outcome = await bench.apply("VfioBinding", load, bind(), { kind: "writeFile", path: "/etc/hostname", text: "x\n", mode: "0644", before: "absent" });
    expect(outcome).toMatchObject({ state: "failed", steps: [{ state: "unchanged" }, { state: "undone" }, { state: "failed" }] });
    expect(drivers()).toEqual(["nouveau", "snd_hda_intel"]);
    expect(journalled(graphics)).toBe(false);
  });

  it("does not take a device from a guest, neither by releasing nor by restoring", async () => {
    await bench.done("VfioBinding", load, bind());
    const held = await bench.withGuest(() => bench.apply("VfioBinding", release));
    expect(held.says).toContain("as a running guest does");
    const restored = await bench.withGuest(() => restoreOnHost(() => bench.shell(), "bench"));
    expect(restored).toMatchObject({ state: "failed", steps: [{ state: "left" }, { state: "left" }] });
    expect(drivers()).toEqual(["vfio-pci", "vfio-pci"]);
    expect((await previewRestore(await bench.shell())).steps.map((step) => step.says)).toEqual([`${audio} goes back to snd_hda_intel, ${graphics} goes back to nouveau`]);
    expect(await restoreOnHost(() => bench.shell(), "bench")).toMatchObject({ state: "done", steps: [{ kind: "releaseDevice", state: "done" }] });
    expect(drivers()).toEqual(["nouveau", "snd_hda_intel"]);
  });

  it("says \"needs reboot\" where the old driver never lets go, and tries nothing again in that boot", async () => {
    bench.host.faults.unbindHangs = ["nouveau"];
    await bench.host.powerCycle();
    const outcome = await bench.apply("VfioBinding", load, bind(2), { kind: "writeFile", path: "/etc/after", text: "x\n", mode: "0644", before: "absent" });
    expect(outcome.state).toBe("needs-reboot");
    expect(outcome.steps.map((step) => step.state)).toEqual(["done", "needs-reboot", "not-reached"]);
    expect(outcome.says).toContain(`the kernel has not come back from ${graphics}`);
    expect(overrides()[0]).toBe("vfio-pci");
    const again = await bench.apply("VfioBinding", load, bind(2));
    expect(again.state).toBe("failed");
    expect(again.says).toContain("still hangs in the kernel");
    bench.host.faults.unbindHangs = [];
    await bench.host.powerCycle();
    await bench.done("VfioBinding", load, bind());
    expect(drivers()).toEqual(["vfio-pci", "vfio-pci"]);
    await bench.done("VfioBinding", release);
  });
});
