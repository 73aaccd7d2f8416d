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

  const only = (card: keyof typeof cards | string, more: Record<string, unknown> = {}): void => {
    const of = cards[card]!;
    setHosts(stack, { hv1: { connection: connectionTo(host), cards: [{ address: of.functions[0], id: of.ids[0] }], ...more } });
  };

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

  const refusals: readonly [string, RegExp][] = [
    ["besideNic", /0000:02:00\.0/],
    ["besideDisk", /mounted on \//],
    ["besideSshNic", /SSH session/i],
    ["behindBridge", /0000:08:02\.0/],
  ];
  for (const [card, names] of refusals) {
    it(`${card}: the preview refuses and says what the host would lose, and up touches nothing`, async () => {
      only(card);
      const preview = await stack.preview();
      expect(preview.exitCode).not.toBe(0);
      expect(preview.stdout + preview.stderr).toMatch(names);
      const up = await stack.up();
      expect(up.exitCode).not.toBe(0);
      expect(up.stdout + up.stderr).toMatch(/1 of 1 hosts refused/);
    });
  }

  it("besideDisk: naming the disk's controller in acceptGroupMembers is not enough", async () => {
    only("besideDisk", { acceptGroupMembers: [{ address: "0000:04:00.0", becomes: "vfio-pci" }] });
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout + preview.stderr).toMatch(/mount:\//);
  });

  it("leaves drivers, boot configuration and files as they were through all of that", async () => {
    expect(await drivers(host)).toEqual(driversBefore);
    expect(difference(boot, await bootState(host))).toEqual([]);
  });

  it("shows a host that is refused and one that cannot be reached beside one whose preview is whole", async () => {
    const of = (card: string): Record<string, unknown> => ({ connection: connectionTo(host), cards: [{ address: cards[card]!.functions[0], id: cards[card]!.ids[0] }] });
    setHosts(stack, {
      gone: { ...of("behindSwitch"), connection: { ...connectionTo(host), port: 1 } },
      good: of("behindSwitch"),
      bad: of("besideNic"),
    });
    const preview = await stack.preview();
    expect(preview.exitCode).not.toBe(0);
    expect(preview.stdout).toMatch(/0000:0b:00\.0/);
    expect(preview.stdout + preview.stderr).toMatch(/2 of 3 hosts/);
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
