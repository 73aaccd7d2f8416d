import "../controllers/kinds";
import { Lifecycle } from "../controllers/lifecycle";

/** The "./runtime" entry: what text in the state of every stack calls. `kind` is a resource's type name. */
export function controller(kind: string): Lifecycle {
  return new Lifecycle(kind);
}
