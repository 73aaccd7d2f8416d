import type { ExpectedInventory } from "../facts/cloud/lacking";

/**
 * Everything that may ever be done in the control plane. Each step reads first, does nothing where the wish is met already, and reads
 * back afterwards. A step names what the plan saw; where the control plane holds something else by then, nothing is written and it
 * fails as a CloudConflictError. None touches another host, another trait, or another member of an aggregate.
 * `host` is the service host (`ComputeServiceFacts.host`) everywhere.
 */
export type CloudStep =
  | DisableComputeService
  | EnableComputeService
  | AddTrait
  | RemoveTrait
  | ReserveInventory
  | ReleaseInventory
  | JoinAggregate
  | LeaveAggregate
  | LiveMigrateServer
  | ColdMigrateServer
  | StopServer
  | WaitForComputeService
  | WaitForInventory;

/** Takes the host out of scheduling. A service that is disabled for another reason stays as it is, with that reason: the outcome says so. */
export interface DisableComputeService {
  readonly kind: "disableComputeService";
  readonly host: string;
  /** Ours, recognised again when it is enabled: at most 255 characters. */
  readonly reason: string;
}

/** Puts it back, only where it is disabled for exactly this reason; any other reason is a person's and stays. */
export interface EnableComputeService {
  readonly kind: "enableComputeService";
  readonly host: string;
  readonly reason: string;
}

/** A provider in Placement, by id; the name is for people and is checked too. */
export interface ProviderReference {
  readonly id: string;
  readonly name: string;
}

/** Makes the custom trait exist, then gives it to the provider beside those it has. */
export interface AddTrait {
  readonly kind: "addTrait";
  readonly provider: ProviderReference;
  /** "CUSTOM_GPU_READY". Traits without CUSTOM_ are Nova's own and are refused. */
  readonly trait: string;
}

/** Takes it away from this provider; the trait itself stays, other hosts have it. A provider that is gone counts as done. */
export interface RemoveTrait {
  readonly kind: "removeTrait";
  readonly provider: ProviderReference;
  readonly trait: string;
}

/** Offers nothing of it to new servers: reserved = total. What is allocated stays allocated. */
export interface ReserveInventory {
  readonly kind: "reserveInventory";
  readonly provider: ProviderReference;
  readonly resourceClass: string;
  /** What the plan saw; other numbers by then are a conflict. */
  readonly before: { readonly total: number; readonly reserved: number };
}

/** Offers it again, from reserved = total to `reserved`. A provider that is gone counts as done. */
export interface ReleaseInventory {
  readonly kind: "releaseInventory";
  readonly provider: ProviderReference;
  readonly resourceClass: string;
  readonly before: { readonly total: number; readonly reserved: number };
  /** Default 0. */
  readonly reserved?: number;
}

export interface JoinAggregate {
  readonly kind: "joinAggregate";
  readonly aggregate: string;
  readonly host: string;
  /** Made first where no aggregate of the name exists. Absent: then the step fails. An existing one keeps its zone and metadata. */
  readonly create?: { readonly availabilityZone?: string; readonly metadata?: Readonly<Record<string, string>> };
}

/** An aggregate that is gone, or does not hold the host, counts as done. It stays, also when empty. */
export interface LeaveAggregate {
  readonly kind: "leaveAggregate";
  readonly aggregate: string;
  readonly host: string;
}

/** What the plan saw of a server: one that is elsewhere or gone by then counts as done. */
export interface ServerReference {
  readonly id: string;
  readonly name: string;
}

/** Moves a running server away while it runs; block migration as Nova finds it needs. Waits until it runs elsewhere. */
export interface LiveMigrateServer {
  readonly kind: "liveMigrateServer";
  readonly server: ServerReference;
  /** It must be on this host. */
  readonly host: string;
  /** Service host to go to; the scheduler chooses without. */
  readonly to?: string;
  readonly deadlineSeconds: number;
}

/** Shuts the server down, moves it, starts it elsewhere, and confirms the move. Waits for all of it. */
export interface ColdMigrateServer {
  readonly kind: "coldMigrateServer";
  readonly server: ServerReference;
  readonly host: string;
  readonly to?: string;
  readonly deadlineSeconds: number;
}

/** Stops it where it is (SHUTOFF). It keeps its devices and its place on the host. */
export interface StopServer {
  readonly kind: "stopServer";
  readonly server: ServerReference;
  readonly host: string;
  readonly deadlineSeconds: number;
}

/** Waits until nova-compute reports itself up; with `since`, until a heartbeat later than that (a restart is then seen as one). */
export interface WaitForComputeService {
  readonly kind: "waitForComputeService";
  readonly host: string;
  /** `ComputeServiceFacts.updatedAt` from before the restart. */
  readonly since?: string;
  readonly deadlineSeconds: number;
}

/** Waits until the host's tree in Placement offers exactly this for each PCI device named. */
export interface WaitForInventory {
  readonly kind: "waitForInventory";
  /** Hypervisor hostname: name of the root provider. */
  readonly hypervisor: string;
  readonly devices: readonly ExpectedInventory[];
  readonly deadlineSeconds: number;
}
