import { hypervisor } from "../../facts/cloud/compute";
import { lacking } from "../../facts/cloud/lacking";
import type { WaitForInventory } from "../../plan/cloudStep";
import type { Cloud } from "../cloud";
import { providerTree } from "../providerTree";
import { novaList } from "../read";
import type { CloudStepOutcome, Say } from "./outcome";
import { until } from "./until";

export async function waitForInventory(cloud: Cloud, step: WaitForInventory, say: Say): Promise<CloudStepOutcome> {
  const { kind, deadlineSeconds } = step;
  const failed = `${cloud.name}: Placement does not hold what ${step.hypervisor} is to offer`;
  return until({ failed, deadlineSeconds, host: step.hypervisor }, say, async () => {
    const hypervisors = (await novaList(cloud, "/os-hypervisors/detail", "hypervisors", { shared: true })).map(hypervisor);
    const root = hypervisors.find((one) => one.hostname === step.hypervisor);
    if (root === undefined) return { yet: "Nova knows no such hypervisor" };
    const lacks = lacking(await providerTree(cloud, root.id), step.devices);
    return lacks.length > 0 ? { yet: lacks.join("; ") } : { end: { kind, state: "done", says: `Placement holds ${step.devices.map((one) => one.address).join(", ")} as expected` } };
  });
}
