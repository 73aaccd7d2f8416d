import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import type { NovaFacts, NovaService } from "../../provider/facts/hostFacts";
import { novaMdevOffer } from "../../provider/facts/nova/mdevOffer";
import { novaMdevOptions } from "../../provider/facts/nova/mdevOptions";
import { absent } from "../../provider/facts/reading";

interface Taken {
  readonly releases: readonly number[];
  readonly fault?: true;
  readonly byParent?: Readonly<Record<string, readonly [string, string]>>;
  readonly others?: string | null;
}

type Case = Readonly<Record<"nova.conf" | "nova.conf.d/a.conf", string>> & { readonly takes: readonly Taken[] };

/**
 * Recorded: files made at random, read by oslo.config with the options of each release (nova/conf/devices.py), and given to that release's own
 * _get_supported_vgpu_types (nova/virt/libvirt/driver.py).
 */
const cases = JSON.parse(readFileSync(join(__dirname, "whatNovaTakesOfMdevOptions.json"), "utf8")) as readonly Case[];
const service: NovaService = { name: "nova-compute", program: "nova-compute", args: [], environment: new Map() };

describe("what Nova takes of its options about mediated devices, as its own code of each release does", () => {
  test.each(cases.map((one, at) => [at, one] as const))("case %i", (_, one) => {
    const nova: NovaFacts = { computeCommandLine: absent, files: new Map([["/etc/nova/nova.conf", one["nova.conf"]], ["/etc/nova/nova.conf.d/a.conf", one["nova.conf.d/a.conf"]]]) };
    for (const { releases, fault = false, byParent = {}, others = null } of one.takes) {
      for (const major of releases) {
        const offer = novaMdevOffer(novaMdevOptions(nova, service), { major, certain: true });
        expect(offer.fault !== undefined, `release ${major}`).toBe(fault);
        if (fault) continue;
        expect(Object.fromEntries([...offer.byParent].map(([parent, { type, resourceClass }]) => [parent, [type, resourceClass]])), `release ${major}`).toEqual(byParent);
        expect(offer.others ?? null, `release ${major}`).toBe(others);
      }
    }
  });
});
