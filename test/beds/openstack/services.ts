import { randomBytes } from "node:crypto";
import { copyFileSync, existsSync, mkdirSync, readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { keystoneConf, neutronConf, novaConf, placementConf } from "./configuration";
import type { Place } from "./configuration";
import { libraries, mariadb } from "./database";
import { pythonFiles, pythonProgram } from "./install";
import type { Installation } from "./install";
import { portMapper, rabbitmq } from "./messageBus";
import type { Started } from "./messageBus";

/** The services of a controller, by the names that `restart`, `stopService` and `log` take. */
export const serviceNames = [
  "mariadb", "epmd", "rabbitmq", "keystone", "placement", "neutron", "nova-api", "nova-conductor", "nova-scheduler",
] as const;

export type ServiceName = (typeof serviceNames)[number];

/** Statements that mariadbd executes when it starts; empty until there is something to say. */
export function initFile(folder: string): string {
  return join(folder, "mariadb.sql");
}

/** Drop-ins of API, scheduler and conductor, all of which read them when they start. */
export function controllerDropIns(folder: string): string {
  return join(folder, "nova", "conf.d");
}

/** Writes every configuration file of a controller. */
export function writeConfiguration(installation: Installation, place: Place, pciInPlacement: boolean): void {
  const { folder } = place;
  for (const name of ["keystone", "placement", "neutron", "nova/conf.d", "rabbitmq", "locks"]) mkdirSync(join(folder, name), { recursive: true });
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text, { mode: 0o600 });
  write("keystone/keystone.conf", keystoneConf(place));
  write("placement/placement.conf", placementConf(place));
  write("neutron/neutron.conf", neutronConf(place));
  write("nova/nova.conf", novaConf(place, pciInPlacement));
  for (const name of ["nova", "neutron"]) copyFileSync(join(installation.venv, "etc", name, "api-paste.ini"), join(folder, name, "api-paste.ini"));
  if (!existsSync(initFile(folder))) writeFileSync(initFile(folder), "", { mode: 0o600 });
}

/** Keys of Keystone: those of tokens, and those of stored credentials. Of each the one in use, and the next. */
export function writeKeystoneKeys(folder: string): void {
  for (const name of ["fernet", "credential"]) {
    mkdirSync(join(folder, "keystone", name), { recursive: true, mode: 0o700 });
    const key = (): string => randomBytes(32).toString("base64").replaceAll("+", "-").replaceAll("/", "_");
    for (const index of ["0", "1"]) writeFileSync(join(folder, "keystone", name, index), key(), { mode: 0o600 });
  }
}

/** How a service of the controller is started, from files that `writeConfiguration` wrote. */
export function service(name: ServiceName, installation: Installation, place: Place): Started {
  const { folder, ports } = place;
  const web = (port: number, module: string, env: NodeJS.ProcessEnv): Started => ({
    command: [join(installation.venv, "bin", "python"), join(pythonFiles, "serve.py"), `${port}`, module],
    env: { ...process.env, ...env },
  });
  switch (name) {
    case "mariadb":
      return { command: mariadb(installation, join(folder, "data"), ports.mariadb, initFile(folder)), env: libraries(installation) };
    case "epmd":
      return portMapper(installation, ports);
    case "rabbitmq":
      return rabbitmq(installation, join(folder, "rabbitmq"), ports, place.password);
    case "keystone":
      return web(ports.keystone, "keystone.wsgi.api", { OS_KEYSTONE_CONFIG_DIR: join(folder, "keystone") });
    case "placement":
      return web(ports.placementItself, "placement.wsgi.api", { OS_PLACEMENT_CONFIG_DIR: join(folder, "placement") });
    case "neutron":
      return web(ports.neutron, "neutron.wsgi.api", { OS_NEUTRON_CONFIG_DIR: join(folder, "neutron"), OS_NEUTRON_CONFIG_FILES: "neutron.conf" });
    case "nova-api":
      return web(ports.nova, "nova.wsgi.osapi_compute", { OS_NOVA_CONFIG_DIR: join(folder, "nova"), OS_NOVA_CONFIG_FILES: novaApiFiles(folder) });
    case "nova-conductor":
    case "nova-scheduler":
      return { command: [...pythonProgram(installation, name), ...controllerFiles(folder)], env: process.env };
  }
}

/** The WSGI application takes no folder of drop-ins: they are named one by one, in the order a folder is read. */
function novaApiFiles(folder: string): string {
  const dropIns = readdirSync(controllerDropIns(folder)).filter((name) => name.endsWith(".conf")).sort();
  return ["api-paste.ini", "nova.conf", ...dropIns.map((name) => `conf.d/${name}`)].join(";");
}

function controllerFiles(folder: string): string[] {
  return ["--config-file", join(folder, "nova", "nova.conf"), "--config-dir", controllerDropIns(folder)];
}

/** Command line of nova-manage, keystone-manage or placement-manage on this controller. */
export function manage(program: "nova" | "keystone" | "placement", installation: Installation, { folder }: Place, args: readonly string[]): string[] {
  return [...pythonProgram(installation, `${program}-manage`), "--config-file", join(folder, program, `${program}.conf`), ...args];
}

/** A [pci]alias or device_spec file: oslo.config takes an option that may be repeated once for each line. */
export function pciFile(option: "alias" | "device_spec", values: readonly object[]): string {
  return `[pci]\n${values.map((value) => `${option} = ${JSON.stringify(value)}\n`).join("")}`;
}

