import type { NovaFacts, NovaService } from "../hostFacts";
import { fileOrder, type OrderedFile } from "../oslo/fileOrder";
import { parseIni } from "../oslo/iniFile";
import { booleanOf, listOf, multiValues, scalarValues, type OptionValue, type OsloOption, type ParsedFile } from "../oslo/options";
import { novaOptions } from "./options";

/** A scalar option: the value that counts with its file, and all that were given, the one that counts last. */
export interface EffectiveScalar<T> {
  /** Undefined: nobody sets it, or the text is none of its kind. */
  readonly value: T | undefined;
  readonly file: string | undefined;
  readonly given: readonly OptionValue[];
}

/** What one service of Nova takes from its files. */
export interface EffectiveNovaConfiguration {
  readonly service: string;
  /** True: no such process runs, so these are the files it would read when started without arguments. */
  readonly assumed: boolean;
  /** In the order in which they are read; of a scalar the last one wins. */
  readonly files: readonly OrderedFile[];
  /** Files that its command line names and that were not read, with the reason where one is known. */
  readonly notRead: readonly { readonly path: string; readonly reason: string }[];
  /** Files that oslo.config gives up on: the service does not start. */
  readonly faults: readonly { readonly file: string; readonly line: number; readonly says: string }[];
  readonly deviceSpec: readonly OptionValue[];
  readonly alias: readonly OptionValue[];
  readonly reportInPlacement: EffectiveScalar<boolean>;
  readonly pciInPlacement: EffectiveScalar<boolean>;
  readonly enabledFilters: EffectiveScalar<readonly string[]>;
}

/** Where the defaults of a service lie that nobody saw running: deployers of whole hosts keep their own copies. */
const usualDirectories = ["/etc/nova", "/etc", "/var/snap/openstack-hypervisor/common/etc/nova", "/etc/kolla/nova-compute", "/var/lib/openstack/config/nova"];

/** Which files the service reads, and what it takes from them. `service` is a running one, or the name of one that would be started. */
export function effectiveNovaConfiguration(nova: NovaFacts, service: NovaService | string): EffectiveNovaConfiguration {
  const { running, order, parsed } = filesInOrder(nova, service);
  return {
    service: typeof service === "string" ? service : service.name,
    assumed: running === undefined,
    files: order,
    notRead: order.filter(({ path }) => !nova.files.has(path)).map(({ path }) => ({ path, reason: nova.unreadableFiles?.get(path) ?? "there is no such file" })),
    faults: parsed.flatMap(({ path, ini }) => (ini.fault === undefined ? [] : [{ file: path, ...ini.fault }])),
    deviceSpec: multiValues(parsed, novaOptions.deviceSpec),
    alias: multiValues(parsed, novaOptions.alias),
    reportInPlacement: scalar(parsed, novaOptions.reportInPlacement, booleanOf),
    pciInPlacement: scalar(parsed, novaOptions.pciInPlacement, booleanOf),
    enabledFilters: scalar(parsed, novaOptions.enabledFilters, listOf),
  };
}

/** The files that a service reads, in their order, and those of them that were read. */
export function filesInOrder(nova: NovaFacts, service: NovaService | string): { readonly running: NovaService | undefined; readonly order: readonly OrderedFile[]; readonly parsed: readonly ParsedFile[] } {
  const running = typeof service === "string" ? undefined : service;
  const inside = running?.container === undefined ? "" : `${running.container}:`;
  const there = [...nova.files.keys(), ...(nova.unreadableFiles?.keys() ?? [])].filter((path) => path.startsWith(inside)).map((path) => path.slice(inside.length));
  const order = filesOf(running, typeof service === "string" ? service : service.name, there).map((file) => ({ ...file, path: `${inside}${file.path}` }));
  const parsed = order.flatMap(({ path }): ParsedFile[] => (nova.files.has(path) ? [{ path, ini: parseIni(nova.files.get(path) ?? "") }] : []));
  return { running, order, parsed };
}

/** WSGI servers give Nova its files through OS_NOVA_CONFIG_*; the packages of RPM distributions read nova-dist.conf before all others. */
function filesOf(running: NovaService | undefined, name: string, there: readonly string[]): OrderedFile[] {
  const environment = running?.environment ?? new Map<string, string>();
  const home = environment.get("HOME");
  const directories = [
    ...(home === undefined ? [] : [`${home}/.nova`, home]),
    ...(running === undefined ? usualDirectories : ["/etc/nova", "/etc"]),
    ...["SNAP_COMMON", "SNAP"].flatMap((variable) => (environment.has(variable) ? [`${environment.get(variable)}/etc/nova`] : [])),
  ];
  const invocation = { args: running?.args ?? [], program: running?.program ?? name, project: "nova", directories };
  const wsgi = running !== undefined && !running.program.startsWith("nova-");
  const named = environment.get("OS_NOVA_CONFIG_FILES")?.split(";") ?? ["nova.conf"];
  const defaultFiles = named.map((file) => (file.startsWith("/") ? file : `${environment.get("OS_NOVA_CONFIG_DIR")?.trim() ?? "/etc/nova"}/${file}`));
  const order = fileOrder(wsgi ? { ...invocation, defaultFiles } : invocation, there);
  const distribution = "/usr/share/nova/nova-dist.conf";
  const defaults = order.some(({ from }) => from === "argument-file") || !there.includes(distribution) ? [] : [{ path: distribution, from: "default-file" } as const];
  return [...defaults, ...order];
}

export function scalar<T>(files: readonly ParsedFile[], option: OsloOption, parse: (text: string) => T | undefined): EffectiveScalar<T> {
  const given = scalarValues(files, option);
  const last = given.at(-1);
  return { value: last === undefined ? undefined : parse(last.value), file: last?.file, given };
}
