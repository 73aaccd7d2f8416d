import type { HostFacts, PciDevice } from "../../facts/hostFacts";
import { absent, known } from "../../facts/reading";
import type { Finding } from "../finding";
import { hostFinding, type Rule } from "../rule";

/**
 * Bus numbers change when a card is added or the firmware is set up anew. What our journal and boot binding say of an address is compared with what is
 * there: the boot hooks leave a function alone whose ids differ, and nothing else may take it for the card of before either.
 */
export const renumbered: Rule = {
  host(facts) {
    return remembered(facts).flatMap(({ address, ids }): Finding[] => {
      const device = facts.pciDevices.find((each) => each.address === address);
      const there = device === undefined ? undefined : idsOf(device);
      if (device === undefined ? facts.pciDevices.length === 0 : there === undefined || there === ids || there.startsWith(`${ids}:`)) return [];
      const elsewhere = facts.pciDevices.filter((each) => idsOf(each)?.startsWith(ids) === true).map((each) => each.address);
      const where = elsewhere.length === 0 ? "no such card is on this host now" : `such cards are now at ${elsewhere.join(", ")}`;
      const says = `At ${address} gpuhost had changed a card ${ids}; now ${there === undefined ? "nothing is there" : `${there} is`}, and ${where}.`;
      return [hostFinding("pci-renumbered", "warn", says, "Correct the addresses in the stack before anything else changes, and those in Nova's device_spec.", [address])];
    });
  },
};

/** By address, each once: what the journal has, then what the boot hooks read. */
function remembered(facts: HostFacts): { readonly address: string; readonly ids: string }[] {
  const lines = (known(facts.bootBinding ?? absent) ?? "").matchAll(/^([0-9a-f]{4,}:\S+) (\S+)/gm);
  const all = [...facts.journal.devices.map(({ address, ids }) => ({ address, ids })), ...[...lines].map(([, address = "", ids = ""]) => ({ address, ids }))];
  const unique = new Map(all.filter(({ ids }) => /^[0-9a-f]{4}:[0-9a-f]{4}/.test(ids)).map((each) => [each.address, each]));
  return [...unique.values()];
}

/** Undefined unless all four were read. */
function idsOf(device: PciDevice): string | undefined {
  const ids = [device.vendor, device.device, device.subsystemVendor, device.subsystemDevice].map((reading) => known(reading));
  return ids.includes(undefined) ? undefined : ids.join(":");
}
