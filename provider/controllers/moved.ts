import type { Lines } from "./record";

/** What today's plan does that the reviewed one did not say, one sentence each; [] when it lies inside it. */
export function outside(today: Lines, reviewed: Lines): readonly string[] {
  return Object.entries(today)
    .filter(([target, says]) => reviewed[target] !== says)
    .map(([target, says]) => target in reviewed
      ? `${target}: reviewed "${reviewed[target]}", now "${says}"`
      : `${target}: not in the reviewed plan, now "${says}"`);
}

/** Every difference between two plans, one sentence each. */
export function moved(reviewed: Lines, today: Lines): readonly string[] {
  const gone = Object.entries(reviewed).filter(([target]) => !(target in today));
  return [...outside(today, reviewed), ...gone.map(([target, says]) => `${target}: reviewed "${says}", now nothing is to be done`)];
}
