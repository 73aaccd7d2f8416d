import type { HostFacts, PciDevice } from "../facts/hostFacts";
import { known } from "../facts/reading";
import { acsOff } from "../readiness/acsControl";
import { isQuirkedPort } from "../readiness/isolatingPorts";
import { downstreamPort, rootPort, upstreamPort } from "./kind";
import type { AcsModel } from "./model";

/** ACS of a PCI bridge in the words of rule `acs-not-shown`; null for what is no bridge. */
export function acsOf(port: PciDevice, facts: HostFacts): AcsModel | null {
  if (!(known(port.class) ?? "").startsWith("0604")) return null;
  const config = known(port.config);
  if (config === undefined) return { state: "not read", says: "ACS not read" };
  const type = known(config.pcieType);
  if (type === upstreamPort) return { state: "not needed", says: "ACS not needed here" };
  if (type !== rootPort && type !== downstreamPort) return { state: "none", says: "no ACS on this bridge" };
  if (config.acs.kind === "unreadable") return { state: "not read", says: "ACS not read" };
  if (config.acs.kind === "absent") return isQuirkedPort(port) ? { state: "vouched", says: "no ACS, kernel quirk" } : { state: "none", says: "no ACS capability" };
  // The kernel turns ACS on together with the IOMMU.
  if (facts.iommu.state !== "active") return { state: "not judged", says: "ACS waits for the IOMMU" };
  const { off, all } = acsOff(config.acs.value);
  if (off.length === 0) return { state: "on", says: "ACS on" };
  return all ? { state: "off", says: "ACS off" } : { state: "partly", says: `ACS lacks ${off.join(", ")}` };
}
