import { describe, expect, it } from "vitest";
import { mdevBootFiles } from "../../provider/plan/mdevBoot";
import type { Step } from "../../provider/plan/step";
import { bootStaging } from "../../provider/plan/virtualBoot";
import { hostFacts } from "./factsBuilder";

const wish = { uuid: "4b20d080-1b54-4048-85b3-a6a62d165c01", type: "mtty-1", parent: "mtty" };
const facts = hostFacts({});
const written = (steps: readonly Step[]) => steps.flatMap((step) => (step.kind === "writeFile" && step.path.endsWith(".service") ? [[step.path, step.text] as const] : []));
const units = [...written(mdevBootFiles(facts, [wish]).steps), ...written(bootStaging(facts, []).steps)];

it("there is a unit for virtual functions and one for mediated devices", () => {
  expect(units.map(([path]) => path)).toEqual(["/etc/systemd/system/gpuhost-mediated-devices.service", "/etc/systemd/system/gpuhost-virtual-functions.service"]);
});

describe.each(units)("%s", (_, text) => {
  // A oneshot has no limit unless it is given one, and what the kernel does for a vendor's driver may never come back.
  it("costs a boot a limited time, since libvirt and Nova wait for it", () => {
    expect(text).toMatch(/^Type=oneshot$/m);
    expect(Number(/^TimeoutStartSec=(\d+)$/m.exec(text)?.[1])).toBeLessThanOrEqual(300);
    expect(Number(/^TimeoutStopSec=(\d+)$/m.exec(text)?.[1])).toBeLessThanOrEqual(30);
  });

  it("comes before Nova by the names that it has on Debian and on RHEL", () => {
    expect(/^Before=(.*)$/m.exec(text)?.[1]?.split(" ")).toEqual(expect.arrayContaining(["libvirtd.service", "virtqemud.service", "nova-compute.service", "openstack-nova-compute.service"]));
  });
});

it("mediated devices come after the virtual functions that may be their parents", () => {
  expect(/^After=(.*)$/m.exec(units[0]?.[1] ?? "")?.[1]?.split(" ")).toContain("gpuhost-virtual-functions.service");
});
