/** Names of the host itself, which are known without Ansible. */
const ownName = /\{\{\s*inventory_hostname(_short)?\s*\}\}/g;

/** The value with the host's own name in place of the templates that are nothing else. */
export function withOwnName(value: unknown, host: string): unknown {
  if (typeof value === "string") return value.replace(ownName, (_all, short?: string) => (short === undefined ? host : host.split(".")[0] ?? host));
  if (Array.isArray(value)) return value.map((item) => withOwnName(item, host));
  if (typeof value !== "object" || value === null || Object.getPrototypeOf(value) !== Object.prototype) return value;
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, withOwnName(item, host)]));
}

/** True where a part of the value is a template, which Ansible works out when it runs. */
export function holdsTemplate(value: unknown): boolean {
  if (typeof value === "string") return /\{\{|\{%/.test(value);
  return typeof value === "object" && value !== null && Object.values(value).some(holdsTemplate);
}
