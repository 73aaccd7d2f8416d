import { afterAll, beforeAll, describe, expect, it } from "vitest";
import type { Stack } from "../beds/engine/stack";
import { startLabHost, topologies, type LabHost } from "../beds/vm/lab";
import { bootState, difference, drivers } from "./footprint";
import { connectionTo, setHosts, stackOf } from "./labStack";

const { cards } = topologies.hazards;

describe("cards that may not be taken, on a real kernel", () => {
  let host: LabHost;
  let stack: Stack;
  let boot: string[];
  let driversBefore: Record<string, string>;

  const of = (card: string, more: Record<string, unknown> = {}): Record<string, unknown> =>
    ({ connection: connectionTo(host), cards: [{ address: cards[card]!.functions[0], id: cards[card]!.ids[0] }], ...more });

  beforeAll(async () => {
    host = await startLabHost({ topology: "hazards", iommu: "on", name: "hazards" });
    stack = await stackOf({});
    boot = await bootState(host);
    driversBefore = await drivers(host);
  });

  afterAll(async () => {
    stack?.dispose();
    await host?.stop();
  });

  it("are refused in the preview, each with what the host would lose, and up touches nothing", async () => {
    setHosts(stack, Object.fromEntries(["besideNic", "besideDisk", "besideSshNic", "behindBridge"].map((card) => [card, of(card)])));
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    const said = preview.stdout + preview.stderr;
    expect(said).toMatch(/0000:02:00\.0 shares|0000:02:00\.0 \(network card, 8086:10d3\) shares/);
    expect(said).toMatch(/mounted on \//);
    expect(said).toMatch(/SSH session/i);
    expect(said).toMatch(/0000:08:02\.0/);
    const up = await stack.up();
    expect(up.exitCode).not.toBe(0);
    expect(up.stdout + up.stderr).toMatch(/1 of 1 hosts refused/);
  });

  it("stay refused when the disk's controller is named without the reason", async () => {
    setHosts(stack, { besideDisk: of("besideDisk", { acceptGroupMembers: [{ address: "0000:04:00.0", becomes: "vfio-pci" }] }) });
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout + preview.stderr).toMatch(/mount:\//);
  });

  it("leaves drivers, boot configuration and files as they were through all of that", async () => {
    expect(await drivers(host)).toEqual(driversBefore);
    expect(difference(boot, await bootState(host))).toEqual([]);
  });

  it("shows a host that is refused and one that cannot be reached beside one whose preview is whole", async () => {
    setHosts(stack, {
      gone: { ...of("behindSwitch"), connection: { ...connectionTo(host), host: "127.0.0.2", port: 1 } },
      good: of("behindSwitch"),
      bad: of("besideNic"),
    });
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout).toMatch(/0000:0b:00\.0/);
    expect(preview.stdout + preview.stderr).toMatch(/1 of 2 hosts unreachable: 127\.0\.0\.2; 1 of 2 hosts refused: 127\.0\.0\.1/);
  });
});

describe("an IOMMU that is off in firmware", () => {
  it("is refused, with the firmware as the remedy, and no argument is planned", async () => {
    const host = await startLabHost({ iommu: "firmwareOff", from: "boot", name: "firmware-off" });
    const card = topologies.basic.cards["first"]!;
    const stack = await stackOf({
      hv1: {
        connection: connectionTo(host), cards: [{ address: card.functions[0], id: card.ids[0] }], reboot: "whenNeeded",
        kernelArguments: { shouldExist: ["intel_iommu=on"], shouldNotExist: ["intel_iommu=off"] },
      },
    });
    try {
      const preview = await stack.preview();
      expect(preview.exitCode).not.toBe(0);
      expect(preview.stdout + preview.stderr).toMatch(/firmware/i);
    } finally {
      stack.dispose();
      await host.stop();
    }
  });
});
