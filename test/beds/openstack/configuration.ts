import { databaseUrl } from "./database";
import { busUrl } from "./messageBus";
import type { Ports } from "./ports";

export const region = "RegionOne";

/** What the text of a configuration file depends on. */
export interface Place {
  /** Folder of the running control plane. */
  readonly folder: string;
  readonly ports: Ports;
  /** One password for every user and service. */
  readonly password: string;
}

type Settings = Readonly<Record<string, string | number | boolean>>;

/** An oslo.config file of these sections. */
export function iniText(sections: Readonly<Record<string, Settings>>): string {
  const section = ([name, settings]: [string, Settings]): string =>
    [`[${name}]`, ...Object.entries(settings).map(([key, value]) => `${key} = ${value}`), ""].join("\n");
  return Object.entries(sections).map(section).join("\n");
}

/** Services log to stderr, which goes into the bed's own file of the service. */
const logging: Settings = { use_stderr: true };

/** How a service signs in to Keystone, which it reaches at `address`. */
function signIn(username: string, password: string, address: string): Settings {
  return {
    auth_type: "password", auth_url: `http://${address}/v3`, username, password, project_name: "service",
    user_domain_id: "default", project_domain_id: "default", region_name: region,
  };
}

function tokens(username: string, { ports, password }: Place): Settings {
  const keystone = `127.0.0.1:${ports.keystone}`;
  return { ...signIn(username, password, keystone), www_authenticate_uri: `http://${keystone}/v3`, memcached_servers: "" };
}

export function keystoneConf({ folder, ports, password }: Place): string {
  return iniText({
    DEFAULT: logging,
    database: { connection: databaseUrl("keystone", ports.mariadb, password) },
    token: { provider: "fernet", expiration: 86_400 },
    fernet_tokens: { key_repository: `${folder}/keystone/fernet` },
    fernet_receipts: { key_repository: `${folder}/keystone/fernet` },
    credential: { key_repository: `${folder}/keystone/credential` },
    // The least that bcrypt has: the ordinary 12 rounds take a third of a second for every sign-in.
    identity: { password_hash_rounds: 4 },
    // In the one process there is; without it a request is some two hundred statements.
    cache: { enabled: true, backend: "dogpile.cache.memory" },
  });
}

export function placementConf(place: Place): string {
  return iniText({
    DEFAULT: logging,
    api: { auth_strategy: "keystone" },
    placement_database: { connection: databaseUrl("placement", place.ports.mariadb, place.password) },
    keystone_authtoken: tokens("placement", place),
  });
}

/** Neutron's API alone: Nova asks it for the ports of a server even where a server has none. */
export function neutronConf(place: Place): string {
  return iniText({
    DEFAULT: {
      ...logging, state_path: `${place.folder}/neutron`, api_paste_config: `${place.folder}/neutron/api-paste.ini`,
      transport_url: busUrl(`127.0.0.1:${place.ports.rabbitmq}`, place.password), auth_strategy: "keystone",
      core_plugin: "ml2", service_plugins: "", dhcp_agent_notification: false,
      notify_nova_on_port_status_changes: false, notify_nova_on_port_data_changes: false,
    },
    ml2: { type_drivers: "local", tenant_network_types: "local", mechanism_drivers: "", extension_drivers: "" },
    database: { connection: databaseUrl("neutron", place.ports.mariadb, place.password) },
    keystone_authtoken: tokens("neutron", place),
    oslo_concurrency: { lock_path: `${place.folder}/locks` },
    oslo_messaging_notifications: { driver: "noop" },
  });
}

/** Where a nova service finds the others. A VM reaches them at another address than its host does. */
export type Reach = (service: "keystone" | "placement" | "neutron" | "rabbitmq") => string;

/** Sections that every nova service has: bus, Placement and Neutron, by explicit address and not by the catalog. */
function novaNeighbours(password: string, reach: Reach): Record<string, Settings> {
  const nova = signIn("nova", password, reach("keystone"));
  return {
    keystone_authtoken: nova,
    placement: { ...nova, endpoint_override: `http://${reach("placement")}` },
    neutron: { ...nova, endpoint_override: `http://${reach("neutron")}` },
    service_user: { send_service_user_token: false },
    // There is no Glance. Nova names a server's image by this address even where the server has none.
    glance: { endpoint_override: "http://127.0.0.1:9292" },
  };
}

const intervals: Settings = { report_interval: 5, service_down_time: 30, graceful_shutdown_timeout: 2, rpc_response_timeout: 60 };

/** nova.conf of API, scheduler and conductor. */
export function novaConf(place: Place, pciInPlacement: boolean): string {
  const { folder, ports, password } = place;
  const local: Reach = (service) => `127.0.0.1:${ports[service]}`;
  return iniText({
    DEFAULT: {
      ...logging, ...intervals, host: "controller", my_ip: "127.0.0.1", state_path: `${folder}/nova`,
      transport_url: busUrl(local("rabbitmq"), password), osapi_compute_workers: 1,
    },
    api: { auth_strategy: "keystone" },
    api_database: { connection: databaseUrl("nova_api", ports.mariadb, password) },
    database: { connection: databaseUrl("nova", ports.mariadb, password) },
    ...novaNeighbours(password, local),
    keystone_authtoken: tokens("nova", place),
    oslo_concurrency: { lock_path: `${folder}/locks` },
    oslo_messaging_notifications: { driver: "noop" },
    conductor: { workers: 1 },
    // A host that joins is found by the scheduler itself.
    scheduler: { workers: 1, discover_hosts_in_cells_interval: 3 },
    filter_scheduler: {
      pci_in_placement: pciInPlacement,
      enabled_filters: "ComputeFilter,ComputeCapabilitiesFilter,ImagePropertiesFilter,AggregateInstanceExtraSpecsFilter,PciPassthroughFilter",
    },
  });
}

export interface ComputeHost {
  /** `host` of nova.conf: the compute service's name, and its resource provider's. */
  readonly host: string;
  readonly stateFolder: string;
  readonly driver: string;
  readonly reportInPlacement: boolean;
  readonly pciInPlacement: boolean;
}

/** nova.conf of a compute host, which needs no database. [pci] device_spec and alias belong into a file beside it. */
export function computeConf(compute: ComputeHost, password: string, reach: Reach): string {
  return iniText({
    DEFAULT: {
      ...logging, ...intervals, host: compute.host, my_ip: "127.0.0.1", state_path: compute.stateFolder,
      transport_url: busUrl(reach("rabbitmq"), password), compute_driver: compute.driver, update_resources_interval: 5,
    },
    ...novaNeighbours(password, reach),
    oslo_concurrency: { lock_path: `${compute.stateFolder}/locks` },
    oslo_messaging_notifications: { driver: "noop" },
    filter_scheduler: { pci_in_placement: compute.pciInPlacement },
    pci: { report_in_placement: compute.reportInPlacement },
    vnc: { enabled: false },
  });
}
