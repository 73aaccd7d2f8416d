import type { CloudStep } from "./cloudStep";

/** What a step will do, for previews and progress: one sentence without its full stop. */
export function cloudSentence(step: CloudStep): string {
  switch (step.kind) {
    case "disableComputeService":
      return `disable the compute service on ${step.host} ("${step.reason}")`;
    case "enableComputeService":
      return `enable the compute service on ${step.host}, where it is disabled for "${step.reason}"`;
    case "addTrait":
      return `give the provider ${step.provider.name} the trait ${step.trait}`;
    case "removeTrait":
      return `take the trait ${step.trait} from the provider ${step.provider.name}`;
    case "reserveInventory":
      return `reserve all ${step.before.total} ${step.resourceClass} of the provider ${step.provider.name}: no new server gets it`;
    case "releaseInventory":
      return `offer ${step.before.total - (step.reserved ?? 0)} ${step.resourceClass} of the provider ${step.provider.name} again`;
    case "joinAggregate":
      return `put ${step.host} into the aggregate ${step.aggregate}${step.create === undefined ? "" : ", made where there is none"}`;
    case "leaveAggregate":
      return `take ${step.host} out of the aggregate ${step.aggregate}`;
    case "liveMigrateServer":
      return `live-migrate the server ${step.server.name} (${step.server.id}) from ${step.host}${step.to === undefined ? "" : ` to ${step.to}`}`;
    case "coldMigrateServer":
      return `shut down, move and start the server ${step.server.name} (${step.server.id}) from ${step.host}${step.to === undefined ? "" : ` to ${step.to}`}`;
    case "stopServer":
      return `stop the server ${step.server.name} (${step.server.id}) on ${step.host}`;
    case "waitForComputeService":
      return `wait until the compute service on ${step.host} is up`;
    case "waitForInventory":
      return `wait until Placement holds what ${step.hypervisor} offers: ${step.devices.map((one) => one.address).join(", ")}`;
  }
}
