/**
 * What the control plane says about one compute host, read in one go. Plain JSON. `null` is "the control plane answered, and there
 * is none": a read that fails throws and gives no facts at all, so nothing here stands for "not known".
 */
export interface CloudHostFacts {
  /** Region the reads went to; null where the catalogue has only one and none was named. */
  readonly region: string | null;
  /** The host's nova-compute; null when Nova knows no such service (never started, or its record was deleted). */
  readonly service: ComputeServiceFacts | null;
  /** Null when no hypervisor of that service or name is registered. */
  readonly hypervisor: HypervisorFacts | null;
  /** The host's tree in Placement, root first, then by name. Empty where Placement holds none. */
  readonly providers: readonly ResourceProviderFacts[];
  /** Every aggregate of the region by name, with what it has to do with this host. */
  readonly aggregates: readonly AggregateFacts[];
  /** Servers that Nova places on this host, of every project, by name and id. */
  readonly servers: readonly CloudServerFacts[];
  /** Cold moves away from this host that nobody confirmed yet: the host still keeps room and devices for each. */
  readonly unconfirmedMoves: readonly UnconfirmedMove[];
  /** When nothing matched: service hosts and hypervisors whose short name is the same, for messages. Else empty. */
  readonly similar: readonly string[];
}

export interface ComputeServiceFacts {
  /** UUID. */
  readonly id: string;
  /** `host` of its nova.conf: what aggregates and servers name the host by. */
  readonly host: string;
  readonly state: "up" | "down";
  readonly status: "enabled" | "disabled";
  /** Null while enabled, and where nobody gave one. */
  readonly disabledReason: string | null;
  /** Somebody told Nova that the host is down for good (`force-down`). */
  readonly forcedDown: boolean;
  /** Last heartbeat that the database holds, ISO 8601 in UTC. Null where it never sent one. */
  readonly updatedAt: string | null;
}

export interface HypervisorFacts {
  /** Name of the root provider in Placement too; with libvirt the host's FQDN, often not `service.host`. */
  readonly hostname: string;
  /** UUID, that of the root provider too. */
  readonly id: string;
  /** "QEMU", "fake". */
  readonly type: string;
}

export interface ResourceProviderFacts {
  readonly id: string;
  /** A PCI device is `HYPERVISOR_0000:3B:00.0`. */
  readonly name: string;
  /** Address of the PCI device the provider stands for, in Linux's form ("0000:3b:00.0"); null for every other provider. */
  readonly pciAddress: string | null;
  /** Of the oldest of the reads below: a write that carries it fails where any of them has changed since. */
  readonly generation: number;
  /** Id of the provider above; null for the root. */
  readonly parent: string | null;
  /** By resource class, sorted. */
  readonly inventories: readonly InventoryFacts[];
  /** Sorted. */
  readonly traits: readonly string[];
  /** Who holds something of it, sorted by consumer. A consumer is a server, or a migration of one. */
  readonly allocations: readonly AllocationFacts[];
}

export interface InventoryFacts {
  /** "CUSTOM_PCI_10DE_20B5", "VCPU". */
  readonly resourceClass: string;
  readonly total: number;
  /** Kept from every server: reserved = total offers nothing. */
  readonly reserved: number;
  /** Sum of the allocations below. */
  readonly used: number;
}

export interface AllocationFacts {
  /** UUID of the server, or of the migration. */
  readonly consumer: string;
  /** Amount by resource class. */
  readonly resources: Readonly<Record<string, number>>;
}

export interface AggregateFacts {
  readonly id: number;
  /** Unique in Nova. */
  readonly name: string;
  readonly availabilityZone: string | null;
  /** Without availability_zone. */
  readonly metadata: Readonly<Record<string, string>>;
  /** This host is a member. */
  readonly holdsHost: boolean;
  /** Members in all. */
  readonly hostCount: number;
}

export interface CloudServerFacts {
  readonly id: string;
  readonly name: string;
  /** "ACTIVE", "SHUTOFF", "ERROR", "VERIFY_RESIZE". */
  readonly status: string;
  /** "migrating", "powering-off"; null when nothing is going on. */
  readonly taskState: string | null;
  /** "active", "stopped", "resized", "suspended". */
  readonly vmState: string;
  /** Nova's power state by name; a server that is SHUTOFF holds its devices all the same. */
  readonly powerState: "running" | "paused" | "shutdown" | "crashed" | "suspended" | "none";
  /** Name of the flavor at the time the server was made from it. */
  readonly flavor: string;
  readonly projectId: string;
  readonly locked: boolean;
  /** Extra spec `pci_passthrough:alias` of its flavor ("a100:2"); null without. */
  readonly pciAlias: string | null;
  /** PCI addresses of this host that are allocated to it in Placement, sorted. Empty also where Nova does not report PCI there. */
  readonly pciAddresses: readonly string[];
}

/** The server waits elsewhere as VERIFY_RESIZE. The consumer that holds its old place is the migration. */
export interface UnconfirmedMove {
  readonly serverId: string;
  /** UUID: `AllocationFacts.consumer` on this host. */
  readonly migration: string;
  /** Service host it went to. */
  readonly to: string;
}

/** True when the server has, or may have, a PCI device of the host: it can then not be live-migrated as a rule. */
export function holdsPci(server: CloudServerFacts): boolean {
  return server.pciAlias !== null || server.pciAddresses.length > 0;
}
