import { CloudAuthError } from "../errors";
import type { Section } from "./cloudsFile";

/** Body of POST /v3/auth/tokens. Holds the secret. */
export interface AuthRequest {
  readonly body: unknown;
  /** A token that was given cannot be used to get past its own end: nothing is renewed then. */
  readonly renewable: boolean;
}

const field = (section: Section, ...names: readonly string[]): string | undefined => {
  const found = names.map((name) => section[name]).find((of) => of !== undefined && of !== null && of !== "");
  return found === undefined ? undefined : String(found);
};

/**
 * Identity API v3, "Password authentication", "Token authentication", "Application credential". `auth_type` as in clouds.yaml
 * (v3password, v3token, v3applicationcredential); without one it follows from what is there.
 */
export function authRequest(type: string | undefined, auth: Section, missing: (name: string) => CloudAuthError): AuthRequest {
  const kind = type ?? (field(auth, "application_credential_secret") !== undefined ? "v3applicationcredential" : undefined)
    ?? (field(auth, "password") === undefined && field(auth, "token") !== undefined ? "v3token" : "v3password");
  const need = (...names: readonly [string, ...string[]]): string => {
    const found = field(auth, ...names);
    if (found === undefined) throw missing(names[0]);
    return found;
  };
  switch (kind.replace(/^v3/, "")) {
    case "applicationcredential":
      return { renewable: true, body: { auth: { identity: { methods: ["application_credential"], application_credential: applicationCredential(auth, need) } } } };
    case "password":
      return { renewable: true, body: { auth: { identity: { methods: ["password"], password: { user: { ...user(auth, need), password: need("password") } } }, ...scope(auth) } } };
    case "token":
      return { renewable: false, body: { auth: { identity: { methods: ["token"], token: { id: need("token") } }, ...scope(auth) } } };
    default: {
      const known = "password (v3password), token (v3token) and v3applicationcredential";
      throw new CloudAuthError("auth-type", `auth_type ${kind} is not supported; ${known} are. Nothing was asked of the cloud.`);
    }
  }
}

type Need = (...names: readonly [string, ...string[]]) => string;

function applicationCredential(auth: Section, need: Need): unknown {
  const secret = need("application_credential_secret");
  const id = field(auth, "application_credential_id");
  return id !== undefined ? { id, secret } : { name: need("application_credential_name"), secret, user: user(auth, need) };
}

function user(auth: Section, need: Need): Readonly<Record<string, unknown>> {
  const id = field(auth, "user_id");
  return id !== undefined ? { id } : { name: need("username", "user_name"), domain: domain(auth, "user") };
}

/** The one named for `of`, else the one for everything, else the domain that every Keystone begins with. */
function domain(auth: Section, of: "user" | "project"): Readonly<Record<string, string>> {
  const id = field(auth, `${of}_domain_id`);
  if (id !== undefined) return { id };
  const name = field(auth, `${of}_domain_name`);
  if (name !== undefined) return { name };
  const common = field(auth, "default_domain_name", "domain_name");
  return common !== undefined ? { name: common } : { id: field(auth, "default_domain_id", "default_domain", "domain_id") ?? "default" };
}

function scope(auth: Section): Readonly<Record<string, unknown>> {
  const projectId = field(auth, "project_id", "tenant_id");
  if (projectId !== undefined) return { scope: { project: { id: projectId } } };
  const project = field(auth, "project_name", "tenant_name");
  if (project !== undefined) return { scope: { project: { name: project, domain: domain(auth, "project") } } };
  if (field(auth, "system_scope") === "all") return { scope: { system: { all: true } } };
  const [domainId, domainName] = [field(auth, "domain_id"), field(auth, "domain_name")];
  if (domainId !== undefined) return { scope: { domain: { id: domainId } } };
  return domainName !== undefined ? { scope: { domain: { name: domainName } } } : {};
}
