import { afterEach, describe, expect, it } from "vitest";
import { startLabHost, topologies } from "../beds/vm/lab";
import type { LabHost } from "../beds/vm/lab";

let host: LabHost | undefined;

afterEach(async () => {
  await host?.stop();
  host = undefined;
});

const minutes = 60_000;

describe("a host of the lab", () => {
  it("goes on from its saved state with the IOMMU off by argument and no groups", { timeout: 10 * minutes }, async () => {
    host = await startLabHost();
    expect(await host.groups()).toEqual(new Map());
    expect(await host.read("cat /proc/cmdline")).toMatch(/ intel_iommu=off$/);
    expect(await host.read("id -un; sudo -n id -un", { user: "ops" })).toBe("ops\nroot");
    expect((await host.ssh("sudo -n true", { user: "opspw" })).code).toBe(1);
    expect(await host.read("sudo -S -p '' id -un", { user: "opspw", input: "lab-sudo\n" })).toBe("root");
    expect(await host.read("test -w /boot/grub/grubenv && cat /sys/module/apparmor/parameters/enabled")).toBe("Y");
    expect(Math.abs(Number(await host.read("date +%s")) - Date.now() / 1000)).toBeLessThan(60);
  });
});

describe("the groups of a topology", () => {
  for (const name of ["basic", "hazards"] as const) {
    it(`${name}: are what its cards say`, { timeout: 10 * minutes }, async () => {
      host = await startLabHost({ topology: name, iommu: "on" });
      const groups = [...(await host.groups()).values()];
      for (const [card, expected] of Object.entries(topologies[name].cards)) {
        const group = groups.find((members) => members.includes(expected.functions[0]!));
        expect(group, card).toEqual(expected.group);
      }
    });
  }
});
