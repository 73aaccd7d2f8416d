import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { bars } from "../../provider/facts/bars";
import { absent, unreadable, value } from "../../provider/facts/reading";
import { aCard, factsOf, gpu } from "./trees";

const zero = "0x0000000000000000 0x0000000000000000 0x0000000000000000";

describe("memory regions", () => {
  test("regions of ports and what does not exist are left out, sizes are in bytes", () => {
    const text = ["0x00000000f0000000 0x00000000f0ffffff 0x0000000000040200", "0x0000000000003000 0x000000000000307f 0x0000000000040101", zero].join("\n");
    expect(bars(value(text), "resource", absent)).toEqual(value([{ index: 0, bytes: 0x1000000, assigned: true }]));
  });

  test("absent and unreadable stay what they are; another form is malformed", () => {
    expect(bars(absent, "resource", absent)).toEqual(absent);
    expect(bars(unreadable("no"), "resource", absent)).toEqual(unreadable("no"));
    expect(() => bars(value("0x1 0x2"), "resource", absent)).toThrow(/resource/);
  });

  test("whatever the config space holds, no region is found that the file has no line for", () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 80 }), fc.nat(6), (config, lines) => {
      const read = bars(value(Array.from({ length: lines }, () => zero).join("\n")), "resource", value(config));
      expect(read.kind === "value" && read.value.every((bar) => bar.index < lines && !bar.assigned)).toBe(true);
    }));
  });
});

test("modprobe.d, driverctl and aliases of every kernel", () => {
  const facts = factsOf(aCard()
    .addText("/etc/modprobe.d/a.conf", "blacklist nvidia-drm\ninstall nouveau /bin/false\ninstall x /usr/local/bin/x\noptions vfio-pci ids=10de:20b5 disable_idle_d3=1")
    .addText("/lib/modules/6.1.0-30-amd64/modules.alias", "alias vfio_pci:v000015B3d* mlx5-vfio-pci\nalias pci:v000010DEd*sv* nouveau")
    .addText("/lib/modules/6.12.9-amd64/modules.alias", "alias pci:v000010DEd*sv* nvidia-current")
    .addText(`/etc/driverctl.d/pci-${gpu}`, "vfio-pci"));
  expect([...facts.modules.modprobe?.blocked ?? []]).toEqual(["nvidia_drm", "nouveau"]);
  expect(facts.modules.modprobe?.options.map(({ module, option }) => `${module} ${option}`)).toEqual(["vfio_pci ids=10de:20b5", "vfio_pci disable_idle_d3=1"]);
  expect(facts.modules.vfioAliases).toEqual(value(new Map([["vfio_pci:v000015B3d*", "mlx5_vfio_pci"]])));
  expect(facts.modules.pciAliases?.map(({ kernel, module }) => `${kernel} ${module}`)).toEqual(["6.1.0-30-amd64 nouveau", "6.12.9-amd64 nvidia_current"]);
  expect(facts.driverctl?.get(gpu)).toBe("vfio-pci");
});
