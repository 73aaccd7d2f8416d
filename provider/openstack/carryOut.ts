import { cloudSentence } from "../plan/cloudSentence";
import type { CloudStep } from "../plan/cloudStep";
import type { Cloud } from "./cloud";
import { joinAggregate, leaveAggregate } from "./steps/aggregate";
import { disableComputeService, enableComputeService, waitForComputeService } from "./steps/computeService";
import { releaseInventory, reserveInventory } from "./steps/inventory";
import { coldMigrateServer, liveMigrateServer, stopServer } from "./steps/moves";
import type { CloudStepOutcome, Say } from "./steps/outcome";
import { addTrait, removeTrait } from "./steps/traits";
import { waitForInventory } from "./steps/waitForInventory";

/**
 * Carries out steps in the control plane, one after the other; a step that throws ends it, and what was done before stays done: every
 * step may be made again. Throws CloudConflictError, CloudRefusedError, CloudTimeoutError, CloudUnreachableError, CloudAuthError, InputError.
 */
export async function carryOutCloudSteps(cloud: Cloud, steps: readonly CloudStep[], say: Say = () => {}): Promise<readonly CloudStepOutcome[]> {
  const outcomes: CloudStepOutcome[] = [];
  for (const step of steps) {
    say(`${cloudSentence(step)} ...`);
    const outcome = await carryOut(cloud, step, say);
    say(`${cloudSentence(step)}: ${outcome.state}, ${outcome.says}`);
    outcomes.push(outcome);
  }
  return outcomes;
}

function carryOut(cloud: Cloud, step: CloudStep, say: Say): Promise<CloudStepOutcome> {
  switch (step.kind) {
    case "disableComputeService": return disableComputeService(cloud, step);
    case "enableComputeService": return enableComputeService(cloud, step);
    case "addTrait": return addTrait(cloud, step);
    case "removeTrait": return removeTrait(cloud, step);
    case "reserveInventory": return reserveInventory(cloud, step);
    case "releaseInventory": return releaseInventory(cloud, step);
    case "joinAggregate": return joinAggregate(cloud, step);
    case "leaveAggregate": return leaveAggregate(cloud, step);
    case "liveMigrateServer": return liveMigrateServer(cloud, step, say);
    case "coldMigrateServer": return coldMigrateServer(cloud, step, say);
    case "stopServer": return stopServer(cloud, step, say);
    case "waitForComputeService": return waitForComputeService(cloud, step, say);
    case "waitForInventory": return waitForInventory(cloud, step, say);
  }
}
