const last = new Map<string, Promise<unknown>>();

/** Lets resources of one host, which the engine works on at the same time, take turns: the host's own lock would refuse the second. */
export async function oneAtATime<T>(host: string, work: () => Promise<T>): Promise<T> {
  const before = last.get(host) ?? Promise.resolve();
  const mine = before.then(work, work);
  last.set(host, mine);
  try {
    return await mine;
  } finally {
    if (last.get(host) === mine) last.delete(host);
  }
}
