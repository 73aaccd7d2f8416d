import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { CloudAuthError } from "../../provider/errors";
import type { CloudConnection } from "../../provider/openstack/connection";
import { readSettings, type Settings } from "../../provider/openstack/settings";
import { directory, secret } from "./clouds";

const password = (name: string, more = ""): string =>
  `  ${name}:\n    auth: { auth_url: "https://${name}.example:5000", username: admin, password: ${secret}, project_name: admin }\n${more}`;

interface Given {
  readonly environment?: Readonly<Record<string, string>>;
  readonly home?: Readonly<Record<string, string>>;
  readonly here?: Readonly<Record<string, string>>;
  readonly connection?: CloudConnection;
}

function settings(given: Given): Settings {
  const around = { environment: { XDG_CONFIG_HOME: "", ...given.environment }, directory: directory(given.here), home: directory() };
  return readSettings(given.connection ?? {}, around);
}

const failure = (given: Given): Error => {
  try {
    settings(given);
  } catch (cause) {
    return cause as Error;
  }
  throw new Error("it did not fail");
};

describe("credentials", () => {
  it("come from the cloud that is named", () => {
    const here = { "clouds.yaml": `clouds:\n${password("one")}${password("two", "    region_name: north\n    interface: internal\n")}` };
    const read = settings({ here, connection: { cloud: "two" } });
    expect(read).toMatchObject({ name: 'cloud "two"', authUrl: "https://two.example:5000/v3", region: "north", interface: "internal" });
    expect(read.auth).toEqual({
      renewable: true,
      body: { auth: {
        identity: { methods: ["password"], password: { user: { name: "admin", domain: { id: "default" }, password: secret } } },
        scope: { project: { name: "admin", domain: { id: "default" } } },
      } },
    });
  });

  it("come from the only cloud there is", () => {
    expect(settings({ here: { "clouds.yaml": `clouds:\n${password("one")}` } }).name).toBe('cloud "one"');
  });

  it("come from the cloud in OS_CLOUD rather than from other OS_* variables", () => {
    const here = { "clouds.yaml": `clouds:\n${password("one")}${password("two")}` };
    expect(settings({ here, environment: { OS_CLOUD: "two", OS_AUTH_URL: "https://env.example" } }).name).toBe('cloud "two"');
  });

  it("come from OS_* variables", () => {
    const environment = { OS_AUTH_URL: "https://env.example/identity/", OS_USERNAME: "u", OS_PASSWORD: secret, OS_PROJECT_ID: "p", OS_USER_DOMAIN_NAME: "d", OS_REGION_NAME: "north", OS_INTERFACE: "internalURL" };
    const read = settings({ environment });
    expect(read).toMatchObject({ name: "cloud at env.example", authUrl: "https://env.example/identity/v3", region: "north", interface: "internal" });
    expect(read.auth.body).toEqual({ auth: {
      identity: { methods: ["password"], password: { user: { name: "u", domain: { name: "d" }, password: secret } } }, scope: { project: { id: "p" } },
    } });
  });

  it("may be an application credential, which has its scope in itself", () => {
    const environment = { OS_AUTH_URL: "https://env.example", OS_AUTH_TYPE: "v3applicationcredential", OS_APPLICATION_CREDENTIAL_ID: "i", OS_APPLICATION_CREDENTIAL_SECRET: secret };
    expect(settings({ environment }).auth.body).toEqual({ auth: { identity: { methods: ["application_credential"], application_credential: { id: "i", secret } } } });
  });

  it("may be a token, which is not renewed", () => {
    const environment = { OS_AUTH_URL: "https://env.example", OS_TOKEN: secret, OS_PROJECT_NAME: "p" };
    expect(settings({ environment }).auth).toMatchObject({ renewable: false, body: { auth: { identity: { methods: ["token"], token: { id: secret } } } } });
  });

  it("may be for the whole system", () => {
    const environment = { OS_AUTH_URL: "https://env.example", OS_USERNAME: "u", OS_PASSWORD: secret, OS_SYSTEM_SCOPE: "all" };
    expect(settings({ environment }).auth.body).toMatchObject({ auth: { scope: { system: { all: true } } } });
  });

  it("have their secrets from secure.yaml beside clouds.yaml", () => {
    const here = {
      "clouds.yaml": "clouds: { one: { auth: { auth_url: 'http://one.example', username: admin, project_name: admin } } }\n",
      "secure.yaml": `clouds: { one: { auth: { password: ${secret} } } }\n`,
    };
    expect(JSON.stringify(settings({ here }).auth.body)).toContain(secret);
  });

  it("come from the file that OS_CLIENT_CONFIG_FILE names rather than from the one here", () => {
    const path = join(directory({ "my.yaml": `clouds:\n${password("mine")}` }), "my.yaml");
    expect(settings({ here: { "clouds.yaml": `clouds:\n${password("one")}` }, environment: { OS_CLIENT_CONFIG_FILE: path } }).name).toBe('cloud "mine"');
  });
});

describe("what cannot be used is said, without a secret", () => {
  const one = (more: string): Given => ({ here: { "clouds.yaml": `clouds:\n${password("one", more)}` } });

  it.each<[string, Given, RegExp]>([
    ["nothing at all", {}, /No cloud is named, and OS_AUTH_URL is not set: no clouds.yaml was found/],
    ["a name that is not there", { ...one(""), connection: { cloud: "two" } }, /Cloud "two" is not known: \S+clouds.yaml holds "one"/],
    ["two clouds and no name", { here: { "clouds.yaml": `clouds:\n${password("one")}${password("two")}` } }, /holds "one", "two"/],
    ["a file that is not there", { environment: { OS_CLIENT_CONFIG_FILE: "/nowhere/clouds.yaml" } }, /names \/nowhere\/clouds.yaml, and there is no such file/],
    ["a file that is not YAML", { here: { "clouds.yaml": `clouds:\n  one: { password: ${secret}\n` } }, /clouds.yaml cannot be read \(line \d+, [A-Z_]+\)/],
    ["no password", { environment: { OS_AUTH_URL: "https://env.example", OS_USERNAME: "u" } }, /the OS_\* variables: password is missing/],
    ["no user", { environment: { OS_AUTH_URL: "https://env.example", OS_PASSWORD: secret } }, /username is missing/],
    ["a kind of authentication that is not spoken", one("    auth_type: v3oidcpassword\n"), /auth_type v3oidcpassword is not supported/],
    ["certificates that are not to be checked", one("    verify: false\n"), /verify is off/],
    ["client certificates", one("    cert: /etc/cert.pem\n"), /client certificates/],
    ["Identity v2", one("    identity_api_version: 2\n"), /identity_api_version is 2. Only Identity v3/],
    ["an address of Identity v2", { environment: { OS_AUTH_URL: "https://env.example/v2.0", OS_USERNAME: "u", OS_PASSWORD: secret } }, /ends in \/v2.0/],
    ["an address that is none", { environment: { OS_AUTH_URL: "env.example", OS_USERNAME: "u", OS_PASSWORD: secret } }, /auth_url is not a URL/],
    ["a CA certificate that is not there", one("    cacert: /nowhere/ca.pem\n"), /the CA certificate \/nowhere\/ca.pem cannot be read \(ENOENT\)/],
  ])("%s", (_, given, says) => {
    const error = failure(given);
    expect(error).toBeInstanceOf(CloudAuthError);
    expect(error.message).toMatch(says);
    expect(error.message).not.toContain(secret);
  });
});
