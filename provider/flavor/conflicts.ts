import { aliasSpec, type GpuFlavorDesired } from "./gpuFlavor";

/** Something wrong with a wish as a whole: where, and a sentence. */
export interface Conflict {
  readonly path: readonly (string | number)[];
  readonly says: string;
}

/** What no field alone shows: wishes that Nova would refuse when a server is made, or take and not do. */
export function conflicts(wish: GpuFlavorDesired): readonly Conflict[] {
  return [...deviceConflicts(wish), ...memoryConflicts(wish), ...groupConflicts(wish), ...accessConflicts(wish)];
}

function deviceConflicts({ devices, resources, groups }: GpuFlavorDesired): Conflict[] {
  const asked = [resources, ...Object.values(groups).map((group) => group.resources)].some((one) => Object.keys(one).length > 0);
  if (devices.length === 0 && !asked) return [{ path: ["devices"], says: "names no device, and resources none either: such a flavor gives no GPU" }];
  const aliases = devices.map((device) => device.alias);
  const twice = aliases.flatMap((alias, at): Conflict[] => (aliases.indexOf(alias) === at ? [] : [{
    path: ["devices", at, "alias"], says: `"${alias}" was named before: name it once, with the count of all`,
  }]));
  const length = aliasSpec(devices).length;
  return length <= 255 ? twice : [...twice, { path: ["devices"], says: `make an extra spec of ${length} characters, and Nova keeps 255: use fewer or shorter aliases` }];
}

/** nova/virt/hardware.py, get_locked_memory_constraint: LockMemoryForbidden, at the time a server is made. */
function memoryConflicts({ lockedMemory, memPageSize }: GpuFlavorDesired): Conflict[] {
  if (lockedMemory !== true || memPageSize !== undefined) return [];
  return [{ path: ["lockedMemory"], says: 'needs memPageSize beside it ("small" will do): Nova refuses every server of a flavor that has hw:locked_memory alone' }];
}

/** Placement: the traits of a request of its own hold for the provider that gives its resources, so there have to be some. */
function groupConflicts({ groups }: GpuFlavorDesired): Conflict[] {
  return Object.entries(groups).flatMap(([name, { resources }]) => (Object.values(resources).some((amount) => amount > 0) ? [] : [{
    path: ["groups", name, "resources"], says: "names no resource: Placement refuses a group that has only traits, and no server would find a host",
  }]));
}

function accessConflicts({ projects, sharedWithEveryProject }: GpuFlavorDesired): Conflict[] {
  const open: Conflict[] = sharedWithEveryProject && projects.length > 0
    ? [{ path: ["projects"], says: "are named, and sharedWithEveryProject lets in all others too: leave one of the two out" }]
    : [];
  const ids = projects.map((one) => (typeof one === "string" ? one : one.id));
  const names = projects.map((one) => (typeof one === "string" ? one : one.name));
  return [...open, ...projects.flatMap((_, at): Conflict[] => {
    if (ids.indexOf(ids[at] ?? "") !== at) return [{ path: ["projects", at], says: `is the project ${ids[at]} again` }];
    if (names.indexOf(names[at] ?? "") !== at) return [{ path: ["projects", at, "name"], says: `"${names[at]}" was used before: the resources in the stack are told apart by it` }];
    return [];
  })];
}
