import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { effectiveNovaConfiguration } from "../../provider/facts/nova/effective";
import { planNovaPciAlias, undoNovaPciAlias } from "../../provider/plan/novaPciAlias";
import type { WriteFile } from "../../provider/plan/step";
import { aliasDisagreements } from "../../provider/resources/aliasAgreement";
import { hostFacts, type NovaOptions } from "./factsBuilder";
import { goldenCases } from "./golden";

describe("golden plans of NovaPciAlias", () => goldenCases("novaPciAlias", planNovaPciAlias, undoNovaPciAlias));

const path = "/etc/nova/nova.conf.d/90-gpuhost-alias.conf";
const desired = { aliases: [{ name: "gpu", vendorId: "10de", productId: "20b5", deviceType: "type-PCI" as const }] };
const services: NovaOptions["services"] = [{ name: "nova-scheduler", unit: "nova-scheduler.service", version: "34.0.0" }];

describe("NovaPciAlias", () => {
  it("never loses a filter, adds one at most once, and has nothing to do afterwards", () => {
    const names = fc.subarray(["ComputeFilter", "PciPassthroughFilter", "NUMATopologyFilter", "AggregateInstanceExtraSpecsFilter"], { minLength: 1 });
    fc.assert(fc.property(names, (filters) => {
      const files = { "/etc/nova/nova.conf": `[filter_scheduler]\nenabled_filters = ${filters.join(", ")}\n` };
      const plan = planNovaPciAlias(hostFacts({ nova: { services, files } }), desired);
      const text = plan.steps.find((step): step is WriteFile => step.kind === "writeFile")?.text ?? "";
      const after = hostFacts({ nova: { services, files: { ...files, [path]: text } } });
      const effective = effectiveNovaConfiguration(after.nova, after.nova.services?.[0] ?? "nova-scheduler").enabledFilters.value ?? [];
      expect([...new Set(effective)]).toEqual(effective);
      expect(new Set(effective)).toEqual(new Set([...filters, "PciPassthroughFilter"]));
      expect(planNovaPciAlias(after, desired).steps).toEqual([]);
    }));
  });

  it("names all that goes from its file, whatever somebody wrote there", () => {
    const files = {
      "/etc/nova/nova.conf": "[filter_scheduler]\nenabled_filters = ComputeFilter,PciPassthroughFilter\n",
      [path]: "[pci]\nalias = {broken\n[filter_scheduler]\nenabled_filters = ComputeFilter,PciPassthroughFilter\n[DEFAULT]\ndebug = true\n",
    };
    expect(planNovaPciAlias(hostFacts({ nova: { services, files } }), desired).lines).toMatchObject({
      "alias {broken": expect.stringMatching(/^goes/) as string, "option [DEFAULT]debug": expect.stringContaining("by somebody else") as string,
      "option [filter_scheduler]enabled_filters": expect.stringContaining("another file says it by now") as string,
    });
  });

  it("restarts its services in an undo that goes on from one that was cut off after the file", () => {
    const facts = hostFacts({ nova: { services }, interrupted: ["NovaPciAlias"] });
    expect(undoNovaPciAlias(facts, desired).steps.map(({ kind }) => kind)).toEqual(["restartService"]);
    expect(undoNovaPciAlias(hostFacts({ nova: { services } }), desired).steps).toEqual([]);
  });
});

describe("aliases of a region", () => {
  it("names the host that differs", () => {
    const plans = new Map([["ctl1", {}], ["ctl2", { "alias gpu": "alias = ..." }], ["cmp1", { "file x": "written" }]]);
    expect(aliasDisagreements(plans)).toEqual(["alias gpu: ctl2 differs from cmp1, ctl1; this run makes them the same."]);
  });

  it("says nothing where all are alike", () => {
    expect(aliasDisagreements(new Map([["ctl1", {}], ["ctl2", {}]]))).toEqual([]);
    expect(aliasDisagreements(new Map([["ctl1", { "alias gpu": "x" }], ["ctl2", { "alias gpu": "x" }]]))).toEqual([]);
  });
});
