import type { HostFacts } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import { finding } from "./mdevFinding";
import type { MediatedDevicesDesired } from "./mdevWishes";

/**
 * A hint, never a proof: the guest asks the licence server, over its tenant network, and the host has another way there. Said only where the program
 * asked; an apply does not.
 */
export function licenceFindings(facts: HostFacts, { licenceServer }: MediatedDevicesDesired): Finding[] {
  if (licenceServer === undefined || facts.reached === undefined) return [];
  const { host, port } = licenceServer;
  const where = `the licence server ${host}:${port}`;
  const guest = "Guests ask it themselves, over their tenant network: it needs a way from there (a router to the provider network, and security groups that let it out).";
  switch (facts.reached.kind) {
    case "value":
      return facts.reached.value
        ? [finding("licence-server", "note", `This host reaches ${where}. That says nothing of guests.`, guest)]
        : [finding("licence-server", "warn", `This host does not reach ${where} within 5 s.`, `${guest} Where only the host is cut off from it, nothing is wrong.`)];
    case "unreadable":
      return [finding("licence-server", "note", `Whether this host reaches ${where} could not be tried: ${facts.reached.reason}.`, guest)];
    case "absent":
      return [];
  }
}
