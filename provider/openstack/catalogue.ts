import { CloudAuthError, MalformedFactError } from "../errors";
import { isSection } from "./cloudsFile";
import type { ServiceType } from "./cloud";

export interface Endpoint {
  readonly type: string;
  readonly interface: string;
  readonly region: string;
  readonly url: string;
}

/** Endpoints of the catalogue that came with a token; a scope without one has none. */
export function endpointsOf(token: unknown): readonly Endpoint[] {
  const catalogue = isSection(token) ? token.catalog ?? [] : undefined;
  if (!Array.isArray(catalogue)) throw new MalformedFactError("malformed-fact", "Keystone's answer holds no service catalogue where Identity v3 has one.");
  return catalogue.filter(isSection).flatMap((service) => (Array.isArray(service.endpoints) ? service.endpoints : []).filter(isSection).map((endpoint) => ({
    type: String(service.type),
    interface: String(endpoint.interface),
    region: String(endpoint.region_id ?? endpoint.region ?? ""),
    url: String(endpoint.url),
  })));
}

/** @throws CloudAuthError saying what the catalogue does hold. */
export function chooseEndpoint(endpoints: readonly Endpoint[], service: ServiceType, settings: { readonly name: string; readonly region: string | null; readonly interface: string }): string {
  const ofType = endpoints.filter((one) => one.type === service);
  const ofFace = ofType.filter((one) => one.interface === settings.interface);
  const ofRegion = settings.region === null ? ofFace : ofFace.filter((one) => one.region === settings.region);
  const regions = [...new Set(ofRegion.map((one) => one.region))].sort();
  const [found] = ofRegion;
  if (found !== undefined && regions.length === 1) return found.url;
  const say = (what: string): CloudAuthError => new CloudAuthError("no-endpoint", `${settings.name}: ${what}`);
  if (found !== undefined) throw say(`the ${service} service has endpoints in the regions ${regions.join(", ")}, and none is chosen. Name the region.`);
  if (ofType.length === 0) {
    const types = [...new Set(endpoints.map((one) => one.type))].sort().join(", ");
    throw say(endpoints.length === 0
      ? "the token came without a service catalogue. Its scope is missing or holds none: name a project in which the user has a role."
      : `the service catalogue has no ${service} service; it has ${types}. It is needed for what this program does with the cloud.`);
  }
  const held = ofType.map((one) => `${one.interface} in ${one.region}`).sort().join(", ");
  throw say(`the ${service} service has no ${settings.interface} endpoint${settings.region === null ? "" : ` in region ${settings.region}`}; it has ${held}. Name another region or interface.`);
}
