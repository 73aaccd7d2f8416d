import type { Credentials } from "./api";
import { region } from "./configuration";

/** How the administrator signs in. */
export function signIn(authUrl: string, password: string): Credentials {
  return { authUrl, username: "admin", password, projectName: "admin" };
}

export function environment(authUrl: string, password: string): Record<string, string> {
  return {
    OS_AUTH_URL: authUrl, OS_USERNAME: "admin", OS_PASSWORD: password, OS_PROJECT_NAME: "admin",
    OS_USER_DOMAIN_NAME: "Default", OS_PROJECT_DOMAIN_NAME: "Default", OS_IDENTITY_API_VERSION: "3", OS_REGION_NAME: region,
  };
}

export function cloudsYaml(authUrl: string, password: string): string {
  return `clouds:
  lab:
    region_name: ${region}
    identity_api_version: 3
    auth:
      auth_url: ${authUrl}
      username: admin
      password: ${password}
      project_name: admin
      user_domain_name: Default
      project_domain_name: Default
`;
}
