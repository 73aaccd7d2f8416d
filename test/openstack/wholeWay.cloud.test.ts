import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { bindTo, driversOf, giveBack } from "../beds/vm/compute/binding";
import { guestProcesses } from "../beds/vm/compute/guests";
import { card, Region, resourceClass } from "./region";

const minutes = 60_000;

// From a bare hypervisor to a server that holds the card, and back: a real Nova, a real libvirt, a real kernel.
describe("a card's whole way into a server", { timeout: 20 * minutes }, () => {
  const [graphics, companion] = card.functions as [string, string];
  let region: Region;
  let server: string;
  beforeAll(async () => void (region = await Region.start()), 20 * minutes);
  afterAll(() => region?.stop(), 2 * minutes);

  it("previews all of it on a bare host: what Nova will be told, and that nothing is offered before it is proven", async () => {
    const preview = await region.stack.preview();
    const text = preview.stdout + preview.stderr;
    expect(preview.exitCode, text).toBe(0);
    expect(text).toContain("offered to guests by Nova once a fresh read proves it");
    expect(text).toContain("CUSTOM_GPU_READY");
    expect(text).toMatch(/report_in_placement.*turned on/);
    expect(await region.offered()).toBeUndefined();
  });

  it("goes up: trial boot, verified, offered, marked", async () => {
    const up = await region.stack.up("--continue-on-error");
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    const { fingerprint, ...outputs } = await region.stack.outputs();
    expect(outputs).toEqual({ ready: true, marked: true, exposed: [graphics] });
    expect(await region.inspect(String(fingerprint))).toBe(0);
    expect(await region.offered()).toEqual([1, 0, 0]);
    expect(await region.hostTraits()).toContain("CUSTOM_GPU_READY");
    expect(await region.service()).toMatchObject({ status: "enabled", state: "up" });
  });

  it("has nothing to do the second time", async () => {
    const preview = await region.stack.preview("--expect-no-changes");
    expect(preview.exitCode, preview.stdout + preview.stderr).toBe(0);
  });

  it("gives a server the card: its QEMU holds the group under AppArmor, and the guest sees the device", async () => {
    const made = await region.boot("train-7", await region.flavorId());
    expect(made.fault?.message ?? "", made.status === "ACTIVE" ? "" : await region.nova.log(60)).toBe("");
    expect(made.status).toBe("ACTIVE");
    server = made.id;
    const [guest] = await guestProcesses(region.host);
    expect(guest?.vfio).toContain("anon_inode:[vfio-device]");
    expect(guest?.apparmor).toMatch(/^libvirt-.* \(enforce\)$/);
    expect(await region.offered()).toEqual([1, 0, 1]);
    await expect.poll(() => region.console(server), { timeout: 2 * minutes, interval: 2000 }).toMatch(/1234:1111/);
  });

  it("is not destroyed while the server runs: refused with its id, and nothing is touched", async () => {
    const destroy = await region.stack.destroy("--continue-on-error");
    expect(destroy.exitCode).not.toBe(0);
    expect(destroy.stdout + destroy.stderr).toContain(server);
    expect(await region.offered()).toEqual([1, 0, 1]);
    expect((await region.until(server, () => true)).status).toBe("ACTIVE");
  });

  it("is offered again by the next run after that", async () => {
    await region.delete(server);
    const up = await region.stack.up("--continue-on-error");
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect(await region.offered()).toEqual([1, 0, 0]);
    expect(await region.hostTraits()).toContain("CUSTOM_GPU_READY");
  });

  it("takes a card that is no longer proven out of scheduling, and the mark off the host; the preview says so", async () => {
    region.wish({ reboot: "never" });
    const { fingerprint } = await region.stack.outputs();
    await giveBack(region.host, [companion]);
    expect(await driversOf(region.host, [companion])).toEqual({ [companion]: "snd_hda_intel" });
    const up = await region.stack.up("--continue-on-error");
    const text = up.stdout + up.stderr;
    expect(await region.inspect(String(fingerprint))).toBe(1);
    expect(text.slice(0, text.indexOf("Updating ("))).toMatch(/quarantined/);
    expect(text.slice(0, text.indexOf("Updating ("))).toMatch(/loses the trait CUSTOM_GPU_READY/);
    expect(await region.offered()).toEqual([1, 1, 0]);
    expect(await region.hostTraits()).not.toContain("CUSTOM_GPU_READY");
  });

  it("offers it again once it is proven again", async () => {
    await bindTo(region.host, "vfio-pci", [companion]);
    const up = await region.stack.up("--continue-on-error");
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect(await region.offered()).toEqual([1, 0, 0]);
    expect(await region.hostTraits()).toContain("CUSTOM_GPU_READY");
    expect(await region.stack.outputs()).toMatchObject({ ready: true, marked: true });
  });

  it("is drained for a reboot by name, and back in scheduling afterwards", async () => {
    const { id } = await region.boot("train-8", await region.flavorId());
    const more = { kernelArguments: { shouldExist: ["intel_iommu=on", "iommu=pt", "pci=noats"], shouldNotExist: ["intel_iommu=off"] } };
    region.wish({ ...more });
    const refused = await region.stack.preview();
    expect(refused.stdout + refused.stderr).toMatch(/server-running.*train-8/);
    region.wish({ ...more, drain: { deadlineSeconds: 300, instances: { "train-8": "stops" } } });
    const bootId = await region.host.bootId();
    const up = await region.stack.up("--continue-on-error");
    expect(up.exitCode, up.stdout + up.stderr).toBe(0);
    expect(up.stdout).toMatch(/train-8.*stopped before the reboot/);
    expect(await region.host.bootId()).not.toBe(bootId);
    expect(await region.service()).toMatchObject({ status: "enabled", state: "up" });
    expect((await region.until(id, () => true)).status).toBe("SHUTOFF");
    await region.delete(id);
  });

  it("is undone by destroy: nothing is offered, no mark, no drop-in but for the switch that Nova cannot take back", async () => {
    const destroy = await region.stack.destroy("--continue-on-error");
    expect(destroy.exitCode, destroy.stdout + destroy.stderr).toBe(0);
    expect(await region.offered()).toBeUndefined();
    expect(await region.hostTraits()).not.toContain("CUSTOM_GPU_READY");
    expect(await region.host.read("cat /etc/nova/nova-compute.conf.d/90-gpuhost.conf | grep -v '^#'")).toBe("[pci]\nreport_in_placement = true");
    expect(await region.service()).toMatchObject({ status: "enabled", state: "up" });
    expect(Object.keys((await region.placement())).some((name) => name.includes(resourceClass))).toBe(false);
  });
});
