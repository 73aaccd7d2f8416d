import type { PciDevice } from "../../facts/hostFacts";
import { known } from "../../facts/reading";

/**
 * Cards for desktops, by vendor and device id, as pci.ids names them: no vendor gives a driver that shares them. The list has the usual
 * ones; a card that is not in it is not called shareable for that.
 */
const names: ReadonlyMap<string, string> = new Map(
  (
    [
      ["10de", "1b06 1b80 1b81 1b82 1c02 1c03 1c82", "GeForce GTX 10"],
      ["10de", "1e04 1e07 1e82 1e84 1e87 1f02 1f07 1f08", "GeForce RTX 20"],
      ["10de", "1f82 1f91 2182 2184 2187 21c4", "GeForce GTX 16"],
      ["10de", "2203 2204 2206 2208 2216 2482 2484 2486 2488 2489 2503 2504", "GeForce RTX 30"],
      ["10de", "2684 2702 2704 2705 2782 2783 2786 2803 2805 2882", "GeForce RTX 40"],
      ["10de", "2b85 2c02 2c05 2d04 2f04", "GeForce RTX 50"],
      ["1002", "731f", "Radeon RX 5000"],
      ["1002", "73bf 73df 73ff 743f", "Radeon RX 6000"],
      ["1002", "744c 747e 7480", "Radeon RX 7000"],
      ["1002", "7550 7590", "Radeon RX 9000"],
    ] as const
  ).flatMap(([vendor, ids, name]) => ids.split(" ").map((id): [string, string] => [`${vendor}:${id}`, name])),
);

/** Undefined: none that is known here. */
export function consumerCard(device: PciDevice): string | undefined {
  return names.get(`${known(device.vendor) ?? "?"}:${known(device.device) ?? "?"}`);
}
