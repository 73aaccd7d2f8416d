import type { HostFacts } from "../facts/hostFacts";
import { value } from "../facts/reading";
import type { Step } from "../plan/step";

/** A function and the driver that a plan gives it in this boot. */
export interface LiveDriver {
  readonly address: string;
  readonly driver: string;
}

export function liveDrivers(steps: readonly Step[]): readonly LiveDriver[] {
  return steps.flatMap((step) => (step.kind === "rebind" ? step.functions.map(({ address, to }) => ({ address, driver: to })) : []));
}

/** The host as it will be once those plans were carried out, as far as drivers go. Only for planning: nothing is ever proven with it. */
export function withLiveDrivers(facts: HostFacts, live: readonly LiveDriver[]): HostFacts {
  if (live.length === 0) return facts;
  const to = new Map(live.map(({ address, driver }) => [address, driver]));
  return {
    ...facts,
    pciDevices: facts.pciDevices.map((device) => {
      const driver = to.get(device.address);
      return driver === undefined ? device : { ...device, driver: value(driver) };
    }),
  };
}
