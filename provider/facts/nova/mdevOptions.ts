import type { NovaFacts, NovaService } from "../hostFacts";
import { listOf, scalarValues, type OptionValue, type OsloOption } from "../oslo/options";
import { filesInOrder, scalar, type EffectiveScalar } from "./effective";

/** First releases of Nova that know an option about mediated devices (nova/conf/devices.py), or a kind of parent. */
export const mdevSince = { mdevTypes: 24, mdevClass: 24, alwaysSections: 29, maxInstances: 29, virtualParents: 34 } as const;

/** `[mdev_TYPE]` as it counts. */
export interface NovaMdevSection {
  readonly type: string;
  readonly deviceAddresses: EffectiveScalar<readonly string[]>;
  readonly mdevClass: EffectiveScalar<string>;
  readonly maxInstances: EffectiveScalar<number>;
}

/** What a service of Nova takes from its files about mediated devices. None of these options adds files up: the last one wins whole. */
export interface NovaMdevOptions {
  readonly enabledTypes: EffectiveScalar<readonly string[]>;
  /** Of every type that is enabled, in that order, each once. */
  readonly sections: readonly NovaMdevSection[];
  /** Old names that are used, as they stand there. */
  readonly deprecated: readonly OptionValue[];
}

const enabled: OsloOption = { group: "devices", name: "enabled_mdev_types", deprecated: [{ group: "devices", name: "enabled_vgpu_types" }] };

export function novaMdevOptions(nova: NovaFacts, service: NovaService | string): NovaMdevOptions {
  const { parsed } = filesInOrder(nova, service);
  const enabledTypes = scalar(parsed, enabled, listOf);
  const types = [...new Set(enabledTypes.value ?? [])];
  const addresses = (type: string): OsloOption => ({ group: `mdev_${type}`, name: "device_addresses", deprecated: [{ group: `vgpu_${type}`, name: "device_addresses" }] });
  const given = [enabled, ...types.map(addresses)].flatMap((option) => scalarValues(parsed, option).filter(({ name }) => name.name !== option.name || name.group !== option.group));
  return {
    enabledTypes,
    sections: types.map((type) => ({
      type,
      deviceAddresses: scalar(parsed, addresses(type), listOf),
      mdevClass: scalar(parsed, { group: `mdev_${type}`, name: "mdev_class", deprecated: [] }, (text) => text.trim()),
      maxInstances: scalar(parsed, { group: `mdev_${type}`, name: "max_instances", deprecated: [] }, wholeNumber),
    })),
    deprecated: given,
  };
}

/** types.Integer: a text that is no number stops the service. */
function wholeNumber(text: string): number | undefined {
  return /^\s*[+-]?\d+\s*$/.test(text) ? Number(text) : undefined;
}
