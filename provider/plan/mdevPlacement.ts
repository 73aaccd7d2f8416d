import type { ResourceProviderFacts } from "../facts/cloud/cloudFacts";
import { lacking, type ExpectedInventory } from "../facts/cloud/lacking";
import type { HostFacts } from "../facts/hostFacts";
import type { CloudSeen } from "./cloudHost";
import type { CloudStep } from "./cloudStep";
import { capacityOf, parentAt, providerName, typeAt, type MediatedDevicesDesired } from "./mdevWishes";

interface OfPlacement {
  readonly steps: readonly CloudStep[];
  readonly lines: Readonly<Record<string, string>>;
  /** Begins with "; " where there is something to say. */
  readonly observed: string;
}

/** What to wait for after a restart, what Placement lacks without one, and the traits of providers that are there already. */
export function mdevPlacement(facts: HostFacts, desired: MediatedDevicesDesired, seen: CloudSeen, restart: boolean, limits: ReadonlyMap<string, number>): OfPlacement {
  const hypervisor = seen.root.name;
  const expected = expectedInventories(facts, desired, hypervisor, limits);
  const absent = lacking(seen.facts.providers, expected);
  const missing = missingTraits(facts, desired, seen.root.name, seen.facts.providers);
  const waits = expected.length > 0 && (restart || absent.length > 0);
  const lines: Record<string, string> = {};
  if (waits) lines[`placement ${hypervisor}`] = `waits until it offers ${expected.map(({ address, inventory }) => `${inventory?.total} ${inventory?.resourceClass ?? ""} of ${address}`).join(", ")}`;
  for (const { parent, traits } of missing) lines[`placement ${parent}`] = `gets the traits ${traits.join(", ")}`;
  return {
    steps: [
      ...(restart ? [{ kind: "waitForComputeService", host: seen.service.host, deadlineSeconds: desired.deadlineSeconds } as const] : []),
      ...(waits ? [{ kind: "waitForInventory", hypervisor, devices: expected, deadlineSeconds: desired.deadlineSeconds } as const] : []),
      ...traitSteps(facts, desired, hypervisor, seen.facts.providers),
    ],
    lines,
    observed: [...absent, ...missing.map(({ parent, traits }) => `${parent} lacks ${traits.join(", ")}`)].map((text) => `; Placement: ${text}`).join(""),
  };
}

/** Of a type that max_instances cuts off nobody can say which parents Nova leaves out, so nothing is waited for. */
function expectedInventories(facts: HostFacts, { types }: MediatedDevicesDesired, root: string, limits: ReadonlyMap<string, number>): ExpectedInventory[] {
  return types.flatMap(({ type, parents, resourceClass = "VGPU" }) => {
    const all = parents.flatMap((name): ExpectedInventory[] => {
      const [parent, found] = [parentAt(facts, name), typeAt(facts, name, type)];
      const total = found === undefined ? undefined : capacityOf(found);
      return parent === undefined || total === undefined || total === 0 ? [] : [{ address: name, provider: providerName(root, parent), inventory: { resourceClass, total } }];
    });
    const sum = all.reduce((count, { inventory }) => count + (inventory?.total ?? 0), 0);
    return sum > (limits.get(type) ?? Infinity) ? [] : all;
  });
}

function missingTraits(facts: HostFacts, { types }: MediatedDevicesDesired, root: string, providers: readonly ResourceProviderFacts[]): { parent: string; provider: ResourceProviderFacts | undefined; traits: string[] }[] {
  return types.flatMap(({ parents, traits = [] }) => parents.flatMap((name) => {
    const parent = parentAt(facts, name);
    const provider = parent === undefined ? undefined : providers.find((one) => one.name === providerName(root, parent));
    const lacks = traits.filter((trait) => provider?.traits.includes(trait) !== true);
    return lacks.length === 0 ? [] : [{ parent: name, provider, traits: lacks }];
  }));
}

/** For the providers there are; Nova makes those of new parents first. */
export function traitSteps(facts: HostFacts, desired: MediatedDevicesDesired, root: string, providers: readonly ResourceProviderFacts[]): CloudStep[] {
  return missingTraits(facts, desired, root, providers).flatMap(({ provider, traits }) =>
    (provider === undefined ? [] : traits.map((trait) => ({ kind: "addTrait", provider: { id: provider.id, name: provider.name }, trait }) as const)));
}

/**
 * Providers of parents that Nova is told of no longer. It forgets them and leaves them with all they offered (nova/virt/libvirt/driver.py,
 * _update_provider_tree_for_vgpu: only parents that are enabled are looked at), so they are kept from new guests by reserving them.
 */
export function reserveLeftOver(seen: CloudSeen | undefined, gone: readonly string[]): OfPlacement {
  const steps: CloudStep[] = [];
  const lines: Record<string, string> = {};
  for (const provider of (seen?.facts.providers ?? []).filter(({ name }) => gone.includes(name))) {
    for (const { resourceClass, total, reserved } of provider.inventories.filter((one) => one.reserved < one.total)) {
      steps.push({ kind: "reserveInventory", provider: { id: provider.id, name: provider.name }, resourceClass, before: { total, reserved } });
      lines[`placement ${provider.name}`] = `its ${total} ${resourceClass} are reserved, so that no new guest is sent here: Nova leaves the provider behind, and \`openstack resource provider delete\` takes it away`;
    }
  }
  return { steps, lines, observed: "" };
}
