import { Api } from "./api";
import { region } from "./configuration";
import type { Ports } from "./ports";

/** Services in the catalog, and the user that each signs in as. */
const services = [
  { name: "keystone", type: "identity" },
  { name: "placement", type: "placement", user: "placement" },
  { name: "nova", type: "compute", user: "nova" },
  { name: "neutron", type: "network", user: "neutron" },
] as const;

/** Address of a service as clients see it. */
export function publicUrl(type: (typeof services)[number]["type"], ports: Ports): string {
  switch (type) {
    case "identity":
      return `http://127.0.0.1:${ports.keystone}/v3`;
    case "placement":
      return `http://127.0.0.1:${ports.placement}`;
    case "compute":
      return `http://127.0.0.1:${ports.nova}/v2.1`;
    case "network":
      return `http://127.0.0.1:${ports.neutron}`;
  }
}

/** Fills a Keystone that knows nothing but its own administrator: users of the services, and the catalog. */
export async function fillKeystone(ports: Ports, password: string): Promise<void> {
  const authUrl = publicUrl("identity", ports);
  const api = await Api.signIn({ authUrl, username: "admin", password, projectName: "admin" });
  const post = <T>(path: string, body: unknown): Promise<T> => api.must<T>("POST", "identity", path, body);
  const { project } = await post<{ project: { id: string } }>("/projects", { project: { name: "service", domain_id: "default" } });
  const { roles } = await api.must<{ roles: { id: string; name: string }[] }>("GET", "identity", "/roles");
  for (const one of services) {
    if (!("user" in one)) continue;
    const { user } = await post<{ user: { id: string } }>("/users", { user: { name: one.user, password, domain_id: "default" } });
    for (const role of roles.filter(({ name }) => name === "admin" || name === "service")) {
      await api.must("PUT", "identity", `/projects/${project.id}/users/${user.id}/roles/${role.id}`);
    }
    const { service } = await post<{ service: { id: string } }>("/services", { service: { name: one.name, type: one.type } });
    for (const kind of ["public", "internal", "admin"]) {
      const endpoint = { interface: kind, service_id: service.id, region_id: region, url: publicUrl(one.type, ports) };
      await post("/endpoints", { endpoint });
    }
  }
}

/**
 * Statements, one a line, that move a control plane to other ports: addresses are in the catalog, and in Nova's list of
 * cells.
 */
export function moveStatements(ports: Ports): string {
  const catalog = services.map(({ type }) =>
    `update keystone.endpoint join keystone.service on service.id = endpoint.service_id set url = '${publicUrl(type, ports)}' where type = '${type}';`);
  const move = (column: string, port: number): string =>
    `update nova_api.cell_mappings set ${column} = regexp_replace(${column}, '127\\\\.0\\\\.0\\\\.1:[0-9]+', '127.0.0.1:${port}');`;
  return [...catalog, move("transport_url", ports.rabbitmq), move("database_connection", ports.mariadb), ""].join("\n");
}
