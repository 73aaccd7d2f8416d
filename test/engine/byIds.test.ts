import { readFileSync, writeFileSync } from "node:fs";
import { afterAll, beforeAll, describe, expect, it } from "vitest";
import { previewRestore } from "../../provider/host/restore";
import { openSshShell } from "../../provider/host/ssh/openSshShell";
import { Stack, succeeded } from "../beds/engine/stack";
import { Fleet } from "../beds/simulated/fleet";
import type { SimulatedHost } from "../beds/simulated/host";
import { disk, graphicsCard, machine, networkCard, rootPort } from "../beds/simulated/machine";

const program = (cards: string): string => `
const { GpuHost, program } = require("pulumi-gpuhost");
module.exports = program(() => ({ ready: new GpuHost("twins", { connection: { host: "twins" }, ${cards}, reboot: "whenNeeded" }).ready }));`;

// The boot hook that runs here is the one that was put into the image.
describe("identical cards that are asked for by their ids", () => {
  let fleet: Fleet;
  let host: SimulatedHost;
  let stack: Stack;
  const driver = (address: string): string | undefined => host.files.linkName(`/sys/bus/pci/devices/${address}/driver`)?.replace(/.*\//, "");
  const becomes = (address: string, device: string): void => {
    const folder = host.files.at(`/sys/bus/pci/devices/${address}`);
    writeFileSync(`${folder}/device`, `0x${device}\n`);
    writeFileSync(`${folder}/uevent`, readFileSync(`${folder}/uevent`, "utf8").replace(/^(PCI_ID=\w+):\w+$/m, `$1:${device}`));
  };

  beforeAll(async () => {
    fleet = new Fleet();
    host = await fleet.add(machine("twins", {
      kernelArguments: "quiet intel_iommu=on",
      functions: [
        rootPort("0000:00:01.0", 10), disk("0000:01:00", "0000:00:01.0", 11),
        rootPort("0000:00:02.0", 12), networkCard("0000:02:00", "0000:00:02.0", 13, { name: "eno1", address: "its own" }),
        rootPort("0000:64:00.0", 14), graphicsCard("0000:65:00", "0000:64:00.0", 15),
        rootPort("0000:64:01.0", 16), graphicsCard("0000:66:00", "0000:64:01.0", 17, 2),
        rootPort("0000:64:02.0", 18), graphicsCard("0000:67:00", "0000:64:02.0", 19, 3),
      ],
    }));
    becomes("0000:67:00.0", "1234");
    stack = await Stack.create({ program: program('cards: [], byIds: ["10de:2231"]'), environment: { HOME: fleet.folder } });
  });
  afterAll(async () => {
    stack?.dispose();
    await fleet?.stop();
  });

  it("are listed one by one, bound and proven, with a warning of the next one", async () => {
    const { stdout } = succeeded(await stack.up());
    for (const bus of ["65", "66"]) expect(stdout).toMatch(new RegExp(`device 0000:${bus}:00\\.0 \\(10de:2231\\) *: \\[\\s+\\[0\\]: "vfio-pci at every boot from the next one on, on nouveau until then, by its ids`));
    expect(stdout).toMatch(/ids 10de:2231/);
    expect(stdout).toContain("an identical card that is put in later is taken at its first boot");
    expect(stdout).not.toContain("device 0000:67:00");
    expect(await stack.outputs()).toEqual({ ready: true });
    expect(["0000:65:00.0", "0000:66:00.1", "0000:67:00.0"].map(driver)).toEqual(["vfio-pci", "vfio-pci", "nouveau"]);
    succeeded(await stack.preview("--expect-no-changes"));
  });

  it("are joined by one that is put in, which the next preview shows with its companion", async () => {
    becomes("0000:67:00.0", "2231");
    await host.powerCycle();
    expect(["0000:67:00.0", "0000:67:00.1"].map(driver)).toEqual(["vfio-pci", "snd_hda_intel"]);
    const { stdout } = await stack.preview();
    expect(stdout).toMatch(/device 0000:67:00\.0 \(10de:2231\) *: "vfio-pci at every boot from the next one on, on it already, by its ids"/);
    expect(stdout).toMatch(/device 0000:67:00\.1 \(10de:1aef\)/);
    const shell = await openSshShell({ host: host.address, port: host.port, user: "root", identityFiles: [fleet.keyFile], knownHostsFiles: [fleet.knownHostsFile], sshConfigFile: false, agent: false });
    expect((await previewRestore(shell)).says).toContain("bound at boot, so on vfio-pci until somebody reboots the host: 0000:65:00.0 0000:65:00.1 0000:66:00.0 0000:66:00.1 0000:67:00.0");
    await shell.close();
  });

  it("are each shown when only one of them stays, and go back with the next boot", async () => {
    stack.write("index.js", program('cards: [{ address: "0000:65:00.0", id: "10de:2231" }]'));
    const { stdout } = succeeded(await stack.up());
    for (const bus of ["66", "67"]) expect(stdout).toMatch(new RegExp(`device 0000:${bus}:00\\.0 \\(10de:2231\\) *: "no longer bound at boot: stays on vfio-pci until the next one, then goes to the driver that the kernel has for it"`));
    expect(stdout).toMatch(/ids 10de:2231 *: "no longer bound at boot wherever it is"/);
    expect(host.boots).toBe(3);
    await host.powerCycle();
    expect(["0000:65:00.0", "0000:66:00.0", "0000:67:00.0"].map(driver)).toEqual(["vfio-pci", "nouveau", "nouveau"]);
    succeeded(await stack.preview("--expect-no-changes"));
  });

  it("are all as they were after a destroy and the next boot", async () => {
    succeeded(await stack.destroy());
    await host.powerCycle();
    expect(["0000:65:00.0", "0000:65:00.1", "0000:66:00.0", "0000:66:00.1", "0000:67:00.0"].map(driver)).toEqual(["nouveau", "snd_hda_intel", "nouveau", "snd_hda_intel", "nouveau"]);
    expect(host.files.exists("/etc/gpuhost/vfio-binding.conf")).toBe(false);
  });
});
