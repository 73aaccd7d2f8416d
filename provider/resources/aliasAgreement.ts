import type { Lines } from "../controllers/record";

/**
 * One sentence for each alias that some hosts of the run have and others lack or have otherwise: until all have the same, a server may be
 * accepted by the API and refused by the scheduler or by a compute host. `plans`: the proposed lines of each host that gets aliases.
 */
export function aliasDisagreements(plans: ReadonlyMap<string, Lines>): string[] {
  const differing = new Map<string, string[]>();
  for (const [host, lines] of plans) {
    for (const target of Object.keys(lines)) if (target.startsWith("alias ")) differing.set(target, [...(differing.get(target) ?? []), host]);
  }
  return [...differing].filter(([, hosts]) => hosts.length < plans.size).sort(([a], [b]) => (a < b ? -1 : 1)).map(([alias, hosts]) => {
    const same = [...plans.keys()].filter((host) => !hosts.includes(host)).sort();
    return `${alias}: ${hosts.sort().join(", ")} ${hosts.length > 1 ? "differ" : "differs"} from ${same.join(", ")}; this run makes them the same.`;
  });
}
