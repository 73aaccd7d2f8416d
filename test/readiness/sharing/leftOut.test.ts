import { describe, expect, test } from "vitest";
import type { HostFacts } from "../../../provider/facts/hostFacts";
import { judge } from "../../../provider/readiness/judge";
import { sharing } from "../../../provider/readiness/sharing/report";
import { addFunction, aHost, factsOf } from "../../facts/trees";
import { unaskedContexts, unaskedStack, written } from "./cases";

const a = "0000:65:00.0";

/** Facts of a card with virtual functions, of which nobody asked what is only read for sharing. */
function unasked(): HostFacts {
  const { mdev: _, graphics: __, virtualFunctions: ___, fabric: ____, ...facts } = factsOf(addFunction(aHost(), a, { driver: "nvidia", group: 12, attributes: { sriov_totalvfs: "16", sriov_numvfs: "0" } }));
  return facts;
}

describe("facts that nobody asked for", () => {
  test("are said to be unknown, or to be done first, and never to be there", () => {
    const facts = unasked();
    expect(written(sharing(facts, judge(facts)))).toStrictEqual({
      modes: {
        [a]: {
          passthrough: { state: "after", after: ["binding it to vfio-pci"], evidence: ["verdict bindable"] },
          sriov: {
            state: "after",
            after: ["virtual functions on (sriov-manage -e, at every boot)", "NVIDIA's vGPU host driver on the card (now: nvidia without the vGPU manager)", "a kernel with vendor-specific VFIO (about 6.8 on: Ubuntu 24.04, RHEL 10); on this one types are mediated devices, see mdev"],
            evidence: ["sriov_totalvfs 16", "sriov_numvfs 0, driver nvidia", "guests need an NVIDIA vGPU licence, and a way from their network to its server"],
          },
          mdev: { state: "unknown", because: ["what offers mediated devices was not read"], evidence: [] },
          paravirtual: { state: "impossible", because: ["Nova has no setting for virtio-gpu with 3D"], evidence: ["whether QEMU and libvirt could do it without Nova is not known", "render nodes were not read"] },
        },
      },
      platformGpus: {}, stack: unaskedStack, contexts: unaskedContexts,
    });
  });

  test("services of Nova among them", () => {
    const facts = unasked();
    const { services: _, ...nova } = facts.nova;
    const without = { ...facts, nova };
    expect(sharing(without, judge(without)).cards.get(a)?.[0]?.evidence).toEqual(["verdict bindable"]);
  });

  test("of a GPU of the platform, what offers mediated devices", () => {
    const { mdev: _, ...facts } = factsOf(aHost().addAnswer("platform-gpus", "read\ndevice ff9a0000.gpu\ndriver panfrost"));
    expect(sharing(facts, judge(facts)).platformGpus[0]?.modes[2]).toEqual({ mode: "mdev", state: "unknown", because: ["what offers mediated devices was not read"], evidence: [] });
  });

  test("a card that was not judged is said nothing of", () => {
    const facts = unasked();
    expect([...sharing(facts, { gpus: [], findings: [] }).cards]).toEqual([]);
  });
});
