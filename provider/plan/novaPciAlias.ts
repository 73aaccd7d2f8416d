import type { HostFacts, NovaService } from "../facts/hostFacts";
import { effectiveNovaConfiguration, type EffectiveNovaConfiguration } from "../facts/nova/effective";
import type { Finding } from "../readiness/finding";
import { judgeAliases } from "../readiness/nova/alias";
import { novaRelease } from "../readiness/nova/report";
import { novaDropInNow, novaDropInPath, novaDropInText, restartIsDue, restartLine, restartStep, sameAssignments, type NovaAssignment } from "./novaDropIn";
import { dropInLines, dropInStep } from "./novaDropInChange";
import { foreignManagers } from "./novaManagers";
import { aliasValue, pci, type AliasWish } from "./novaWishes";
import type { Plan } from "./plan";
import * as target from "./target";

export interface NovaPciAliasDesired {
  /** With ids and type of their own: there is no card on a controller to take them from. */
  readonly aliases: readonly AliasWish[];
  /** `[filter_scheduler]pci_in_placement`, by name only. Absent: left as it is. */
  readonly pciInPlacement?: boolean | undefined;
  /** Units to restart; those of the services found running where it is left out. */
  readonly units?: readonly string[] | undefined;
}

const owner = "NovaPciAlias";
const filter = "PciPassthroughFilter";
/** What nova-scheduler takes when nobody sets enabled_filters (nova/conf/scheduler.py, the same in releases 27 to 34). */
const defaultFilters = ["ComputeFilter", "ComputeCapabilitiesFilter", "ImagePropertiesFilter", "ServerGroupAntiAffinityFilter", "ServerGroupAffinityFilter"];
const control: ReadonlySet<NovaService["name"]> = new Set(["nova-api", "nova-scheduler", "nova-conductor"]);

/** The aliases on a controller, and the filter that makes them count, in one drop-in that every service of Nova on it reads. */
export function planNovaPciAlias(facts: HostFacts, desired: NovaPciAliasDesired): Plan {
  const services = (facts.nova.services ?? []).filter(({ name }) => control.has(name));
  const paths = [...new Set(services.map((service) => novaDropInPath(service, "nova")))];
  const path = paths[0] ?? novaDropInPath(undefined, "nova");
  const now = novaDropInNow(facts, path);
  const others = { ...facts.nova, files: new Map([...facts.nova.files].filter(([file]) => file !== path)) };
  const without = services.map((service) => effectiveNovaConfiguration(others, service));
  const wanted = wantedAssignments(desired, without);
  const units = unitsOf(services, desired);
  const outputs = { file: path, units };
  const observed = now === undefined ? "no drop-in" : now.map(({ key, value }) => `${key} = ${value}`).join("; ");
  const findings = [
    ...noServices(services), ...severalPlaces(paths), ...foreignManagers(facts, wanted),
    ...valueFindings(facts, desired, without), ...overruled(facts, services, path, wanted),
  ];
  if (findings.some(({ severity }) => severity === "refuse")) return { steps: [], lines: {}, observed, findings, outputs };
  const written = !sameAssignments(now, wanted);
  const due = written || restartIsDue(facts, owner);
  return { steps: [...(written ? [dropInStep(facts, path, wanted)] : []), ...(due ? units.map((unit) => restartStep(unit, "starts")) : [])],
    lines: { ...(written ? linesOf(path, wanted, now, without) : {}), ...(due ? Object.assign({}, ...units.map(restartLine)) as Record<string, string> : {}) }, observed, findings, outputs };
}

export function undoNovaPciAlias(facts: HostFacts, desired: NovaPciAliasDesired): Plan {
  const services = (facts.nova.services ?? []).filter(({ name }) => control.has(name));
  const path = facts.journal.files.find((file) => file.owner === owner)?.path ?? novaDropInPath(services[0], "nova");
  const now = novaDropInNow(facts, path);
  const units = unitsOf(services, desired);
  if (now === undefined) {
    const due = restartIsDue(facts, owner) ? units : [];
    return { steps: due.map((unit) => restartStep(unit, "ends")), lines: Object.fromEntries(due.map((unit) => [`service ${unit}`, "restarted: an earlier run was cut off before that"])), observed: "no drop-in", findings: [] };
  }
  return {
    steps: [{ kind: "restoreFile", path }, ...units.map((unit) => restartStep(unit, "ends"))],
    lines: { [target.file(path)]: "removed, or put back as it was before us: flavors that ask for these aliases no longer find a host", ...Object.fromEntries(units.map((unit) => [`service ${unit}`, "restarted without it"])) },
    observed: now.map(({ key, value }) => `${key} = ${value}`).join("; "), findings: [],
  };
}

function unitsOf(services: readonly NovaService[], desired: NovaPciAliasDesired): readonly string[] {
  return desired.units ?? [...new Set(services.flatMap(({ unit }) => (unit?.endsWith(".service") === true ? [unit] : [])))].sort();
}

/** Only what the other files do not already say; the whole list of filters, because a later list takes the place of an earlier one. */
function wantedAssignments({ aliases, pciInPlacement }: NovaPciAliasDesired, without: readonly EffectiveNovaConfiguration[]): NovaAssignment[] {
  const given = (value: string): boolean => without.length > 0 && without.every((configuration) => configuration.alias.some((one) => one.value === value));
  const scheduler = without.find(({ service }) => service === "nova-scheduler");
  const filters = scheduler?.enabledFilters.value ?? defaultFilters;
  return [
    ...aliases.map((wish) => aliasValue(wish, undefined)).filter((value) => !given(value)).map((value) => pci("alias", value)),
    ...(scheduler === undefined || filters.includes(filter) ? [] : [scheduling("enabled_filters", [...filters, filter].join(","))]),
    ...(pciInPlacement === undefined || (without.length > 0 && without.every((configuration) => configuration.pciInPlacement.value === pciInPlacement)) ? [] : [scheduling("pci_in_placement", String(pciInPlacement))]),
  ];
}

const scheduling = (key: string, value: string): NovaAssignment => ({ section: "filter_scheduler", key, value });

function linesOf(path: string, wanted: readonly NovaAssignment[], now: readonly NovaAssignment[] | undefined, without: readonly EffectiveNovaConfiguration[]): Record<string, string> {
  const untouched = without.some((one) => one.enabledFilters.file !== undefined) ? "" : " (Nova's own list, which nobody had changed)";
  return dropInLines(path, wanted, now, {
    gains: ({ key, value }) => (key === "enabled_filters" ? `${filter} is added: ${value}${untouched}` : `${value}: every compute host must report its PCI devices to Placement before this is on`),
    aliasGoes: "flavors that ask for it no longer find a host", ours: new Set(["enabled_filters", "pci_in_placement"]),
  });
}

const refuse = (rule: string, says: string, remedy: string): Finding => ({ rule, severity: "refuse", addresses: [], says, remedy });

function noServices(services: readonly NovaService[]): Finding[] {
  return services.length > 0 ? [] : [refuse("no-nova-service", "Neither nova-api nor nova-scheduler nor nova-conductor runs on this host.", "Start them first, or take the host out of the controllers.")];
}

function severalPlaces(paths: readonly string[]): Finding[] {
  return paths.length <= 1 ? [] : [refuse("several-directories", `The services of Nova on this host read drop-ins from different places: ${paths.join(", ")}.`, "Give them one directory, or none (--config-dir).")];
}

function valueFindings(facts: HostFacts, { aliases, pciInPlacement }: NovaPciAliasDesired, without: readonly EffectiveNovaConfiguration[]): Finding[] {
  const release = novaRelease(facts.nova, (facts.nova.services ?? []).find(({ name }) => control.has(name)));
  const ours = aliases.map((wish) => aliasValue(wish, undefined));
  const others = [...new Set(without.flatMap(({ alias }) => alias.map(({ value }) => value)))].filter((value) => !ours.includes(value));
  const inPlacement = pciInPlacement ?? without.some((configuration) => configuration.pciInPlacement.value === true);
  return judgeAliases([...others, ...ours], release, inPlacement).slice(others.length).flatMap(({ verdict, why }): Finding[] =>
    (verdict === "accept" ? [] : [{ rule: "alias", severity: verdict === "reject" ? "refuse" : "warn", addresses: [], says: why, remedy: "Change the entry in `aliases`, or the other file." }]));
}

/** A scalar of ours that a file read after it says otherwise does nothing at all. */
function overruled(facts: HostFacts, services: readonly NovaService[], path: string, wanted: readonly NovaAssignment[]): Finding[] {
  if (wanted.length === 0) return [];
  const files = new Map(facts.nova.files).set(path, novaDropInText(wanted));
  return services.flatMap((service): Finding[] => {
    const then = effectiveNovaConfiguration({ ...facts.nova, files }, service);
    if (!then.files.some((file) => file.path === path)) return [refuse("drop-in-not-read", `${service.name}, as it is started, would not read ${path}.`, "Let its command line name the directory (--config-dir), or start it without --config-dir.")];
    return wanted.flatMap(({ section, key }) => {
      const scalar = key === "enabled_filters" ? then.enabledFilters : key === "pci_in_placement" ? then.pciInPlacement : undefined;
      if (scalar === undefined || scalar.file === path) return [];
      return [refuse("option-overruled", `[${section}]${key} in ${path} would not count for ${service.name}: ${scalar.file ?? "another file"} is read after it and sets it too.`, `Change it in that file: ${wanted.find((one) => one.key === key)?.value ?? ""}.`)];
    });
  });
}
