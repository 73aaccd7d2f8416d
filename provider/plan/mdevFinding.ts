import type { HostFacts } from "../facts/hostFacts";
import { isPciAddress } from "../facts/pciAddress";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import { parentAt } from "./mdevWishes";

export function finding(rule: string, severity: Finding["severity"], says: string, remedy: string, addresses: readonly string[] = []): Finding {
  return { rule, severity, addresses: [...addresses].sort(), says, remedy };
}

/** The PCI function that a parent is, or would be by its name. */
export function addressesOf(facts: HostFacts, parent: string): string[] {
  const address = known(parentAt(facts, parent)?.address ?? { kind: "absent" }) ?? (isPciAddress(parent) ? parent : undefined);
  return address === undefined ? [] : [address];
}
