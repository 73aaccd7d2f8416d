import type { Subject } from "./suite";

/** VfioBinding on a card alone in its group. */
export function bindingContract(_subject: () => Subject): void {
  // Comes with the planner of VfioBinding.
}
