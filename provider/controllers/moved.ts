import { insideReviewed } from "../plan/inside";
import type { Lines } from "./record";

/** Every difference between a reviewed plan and today's, one sentence each. */
export function moved(reviewed: Lines, today: Lines): readonly string[] {
  const gone = Object.entries(reviewed).filter(([target]) => !(target in today));
  return [...insideReviewed(reviewed, today).moved, ...gone.map(([target, says]) => `${target}: reviewed "${says}", now nothing is to be done`)];
}
