import type { DeviceUse } from "./hostFacts";
import type { MdevFacts } from "./mdevTypes";
import { known } from "./reading";

/** A PCI function whose mediated device somebody has is in use as well: without its driver they would all go. */
export function mdevUses({ parents, devices }: MdevFacts): DeviceUse[] {
  return (known(devices) ?? []).flatMap(({ uuid, parent, holders }): DeviceUse[] => {
    const address = known((known(parents) ?? []).find(({ name }) => name === known(parent))?.address ?? { kind: "absent" });
    const who = known(holders) ?? [];
    if (address === undefined || who.length === 0) return [];
    return [{ address, kind: "guest", critical: true, says: `${who.join(", ")} has the mediated device ${uuid} of it`, reason: `mdev:${uuid}` }];
  });
}
