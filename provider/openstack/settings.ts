import { readFileSync } from "node:fs";
import { CloudAuthError } from "../errors";
import { authRequest, type AuthRequest } from "./authRequest";
import { isSection, readCloudsFile, surroundings, type Section, type Surroundings } from "./cloudsFile";
import type { CloudConnection } from "./connection";

/** Everything needed to speak to one cloud. Holds secrets: it stays inside this room. */
export interface Settings {
  /** For messages. */
  readonly name: string;
  /** Ends in /v3. */
  readonly authUrl: string;
  readonly auth: AuthRequest;
  readonly region: string | null;
  readonly interface: string;
  /** PEM text. */
  readonly ca: string | undefined;
  /** Endpoint by service type, where the cloud's settings name one instead of the catalogue. */
  readonly overrides: Readonly<Record<string, string>>;
}

/** Where settings came from: a section of a file, or the environment brought into the same form. */
interface Source {
  readonly name: string;
  readonly from: string;
  readonly section: Section;
}

/** @throws CloudAuthError naming what is missing and where it was looked for; never a value. */
export function readSettings(connection: CloudConnection, around: Surroundings = surroundings()): Settings {
  const source = choose(connection, around);
  const auth = isSection(source.section.auth) ? source.section.auth : {};
  const of = (name: string): string | undefined => text(source.section[name]);
  refuseWhatIsNotHonoured(source);
  const authUrl = text(auth.auth_url);
  if (authUrl === undefined) throw missing(source, "auth_url");
  const environment = around.environment;
  const caFile = connection.caCertificateFile ?? of("cacert") ?? (environment.OS_CACERT || undefined);
  const face = connection.interface ?? of("interface") ?? of("endpoint_type") ?? (environment.OS_INTERFACE || "public");
  return {
    name: source.name,
    authUrl: versioned(authUrl, source),
    auth: authRequest(of("auth_type"), auth, (name) => missing(source, name)),
    region: connection.region ?? of("region_name") ?? (environment.OS_REGION_NAME || null),
    interface: face.replace(/URL$/, ""),
    ca: caFile === undefined ? undefined : readCa(caFile, source),
    overrides: Object.fromEntries(["compute", "placement", "identity"].flatMap((type) => {
      const url = of(`${type}_endpoint_override`) ?? of(`${type}_endpoint`);
      return url === undefined ? [] : [[type, url]];
    })),
  };
}

function choose(connection: CloudConnection, around: Surroundings): Source {
  const file = readCloudsFile(around);
  const wanted = connection.cloud ?? (around.environment.OS_CLOUD || undefined);
  const fromEnvironment = (around.environment.OS_AUTH_URL ?? "") !== "";
  if (wanted === undefined && fromEnvironment) return environmentSource(around.environment);
  const names = [...(file?.clouds.keys() ?? [])];
  const name = wanted ?? (names.length === 1 ? names[0] : undefined);
  const section = name === undefined ? undefined : file?.clouds.get(name);
  if (file !== undefined && name !== undefined && section !== undefined) return { name: `cloud "${name}"`, from: `cloud "${name}" of ${file.path}`, section };
  const held = file === undefined
    ? "no clouds.yaml was found (OS_CLIENT_CONFIG_FILE, ./, ~/.config/openstack, /etc/openstack)"
    : `${file.path} holds ${names.length === 0 ? "no cloud" : names.map((one) => `"${one}"`).join(", ")}`;
  const what = wanted === undefined ? "No cloud is named, and OS_AUTH_URL is not set" : `Cloud "${wanted}" is not known`;
  const say = "Name one in the cloud's settings or in OS_CLOUD, or set OS_AUTH_URL and the other OS_* variables";
  throw new CloudAuthError("no-cloud", `${what}: ${held}. ${say}. Nothing was asked of any cloud.`);
}

/** OS_USER_DOMAIN_NAME is auth.user_domain_name; the few that are not about authentication are read by their own names. */
function environmentSource(environment: Surroundings["environment"]): Source {
  const set = Object.entries(environment).flatMap(([name, value]): [string, string][] =>
    name.startsWith("OS_") && value !== undefined && value !== "" ? [[name.slice(3).toLowerCase(), value]] : []);
  const auth = Object.fromEntries(set);
  const section = { ...auth, auth: { token: auth.auth_token, ...auth }, verify: auth.insecure === undefined ? undefined : !/^(1|true|yes)$/i.test(auth.insecure) };
  return { name: `cloud at ${hostOf(auth.auth_url ?? "")}`, from: "the OS_* variables", section };
}

function refuseWhatIsNotHonoured({ section, from }: Source): void {
  const refuse = (what: string, instead: string): never => {
    throw new CloudAuthError("cloud-setting", `${from}: ${what}. ${instead} Nothing was asked of the cloud.`);
  };
  if (section.verify === false || /^(false|no|0)$/i.test(text(section.verify) ?? "")) {
    refuse("verify is off, and this program checks certificates always", "Name the authority that signed them in cacert.");
  }
  if (section.cert !== undefined || section.key !== undefined) refuse("client certificates (cert, key) are not supported", "Use a password or an application credential.");
  if (section.profile !== undefined && !isSection(section.auth)) refuse("vendor profiles are not read", "Write auth_url and the rest into the cloud's own auth.");
  const version = text(section.identity_api_version);
  if (version !== undefined && !/^v?3(\.\d+)?$/.test(version)) refuse(`identity_api_version is ${version}`, "Only Identity v3 is spoken.");
}

function versioned(url: string, source: Source): string {
  const bare = url.replace(/\/+$/, "");
  if (!/^https?:\/\/[^/]/.test(bare) || !URL.canParse(bare)) {
    throw new CloudAuthError("auth-url", `${source.from}: auth_url is not a URL that begins with https:// or http://. Nothing was asked of the cloud.`);
  }
  if (/\/v2\.0$/.test(bare)) throw new CloudAuthError("auth-url", `${source.from}: auth_url ends in /v2.0. Only Identity v3 is spoken: name the one that ends in /v3.`);
  return bare.endsWith("/v3") ? bare : `${bare}/v3`;
}

function readCa(path: string, source: Source): string {
  try {
    return readFileSync(path, "utf8");
  } catch (cause) {
    throw new CloudAuthError("ca-certificate", `${source.from}: the CA certificate ${path} cannot be read (${(cause as NodeJS.ErrnoException).code}).`);
  }
}

const missing = (source: Source, name: string): CloudAuthError =>
  new CloudAuthError("cloud-credentials", `${source.from}: ${name} is missing. Nothing was asked of the cloud.`);

/** Host and port; never user, password or query. */
export function hostOf(url: string): string {
  return URL.canParse(url) ? new URL(url).host : "an address that is no URL";
}

/** Numbers are let through: a project may be called 42. */
export function text(of: unknown): string | undefined {
  if (typeof of === "number" || typeof of === "boolean") return String(of);
  return typeof of === "string" && of !== "" ? of : undefined;
}
