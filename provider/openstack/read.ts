import { Part } from "../facts/cloud/answer";
import type { Answer, Call, Cloud } from "./cloud";

/**
 * Nova: the first with UUIDs for services and hypervisors (2.53) and with the flavor inside a server (2.47). Later versions of the
 * lists ask every host for its uptime (2.88) or mix in cells that are down (2.69).
 */
export const computeVersion = "2.53";

/** Placement: reserved may equal total (1.26), generations in every answer, codes in errors (1.23), allocations of any consumer. */
export const placementVersion = "1.28";

export const part = (call: Call, answer: Answer): Part =>
  new Part(`${call.service === "compute" ? "Nova" : "Placement"} ${call.method} ${call.path}`, answer.body);

export const novaGet = (path: string, microversion: string = computeVersion): Call => ({ service: "compute", method: "GET", path, microversion });

export const placementGet = (path: string): Call => ({ service: "placement", method: "GET", path, microversion: placementVersion });

/** A whole list of Nova's, page by page. `shared`: hosts that are read together share the answers. */
export async function novaList(cloud: Cloud, path: string, field: string, options: { readonly shared?: boolean; readonly microversion?: string } = {}): Promise<Part[]> {
  const items: Part[] = [];
  for (let next: string | undefined = path; next !== undefined;) {
    const call = novaGet(next, options.microversion);
    const page = part(call, await (options.shared ? cloud.list(call) : cloud.call(call)));
    items.push(...page.at(field).list());
    const links: readonly Part[] = page.at(`${field}_links`).orNull((of) => of.list()) ?? [];
    const link = links.find((one) => one.at("rel").text() === "next")?.at("href").text();
    // The link may name an inner address: only its query counts.
    next = link === undefined ? undefined : `${path.replace(/\?.*$/, "")}${new URL(link, "http://localhost").search}`;
  }
  return items;
}
