import type { HostIdentity } from "../facts/hostFacts";
import type { Reading } from "../facts/reading";

function text(reading: Reading<string>): string {
  return reading.kind === "value" ? reading.value : reading.kind;
}

/** A machine in one line, for people and for comparing. A part that could not be read compares as what it was: "absent". */
export function identityText(identity: HostIdentity): string {
  return `DMI ${text(identity.dmiUuid)}, machine-id ${text(identity.machineId)}, host key ${text(identity.hostKey)}`;
}
