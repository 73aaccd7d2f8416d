/** Sentences of a plan by target. */
type Lines = Readonly<Record<string, string>>;

/**
 * Whether what is to be done today was all reviewed: each target of today with the very same sentence. Fewer is fine.
 * `moved` says in words what is more or other today; [] means that today's plan lies inside.
 */
export function insideReviewed(reviewed: Lines, today: Lines): { readonly moved: readonly string[] } {
  const moved = Object.entries(today).flatMap(([target, now]) => {
    const then = Object.hasOwn(reviewed, target) ? reviewed[target] : undefined;
    if (then === now) return [];
    return [then === undefined ? `${target}: not in the reviewed plan, now "${now}"` : `${target}: reviewed "${then}", now "${now}"`];
  });
  return { moved: moved.sort() };
}
