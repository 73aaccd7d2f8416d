import { effectiveNovaConfiguration, type EffectiveNovaConfiguration } from "../../facts/nova/effective";
import { assumedRelease, majorOf, type NovaRelease } from "../../facts/nova/release";
import type { HostFacts, NovaFacts, NovaService } from "../../facts/hostFacts";
import type { OptionValue } from "../../facts/oslo/options";
import { judgeAliases } from "./alias";
import { judgeDeviceSpec } from "./deviceSpec";
import type { NovaJudgement } from "./judgement";

/** One value of Nova's configuration with what Nova makes of it. */
export interface JudgedValue extends NovaJudgement {
  readonly value: string;
  readonly file: string;
  /** "[pci]device_spec", or the old name it stands under. */
  readonly option: string;
}

/** `nova` of `gpuhost inspect --json`. */
export interface NovaReport {
  /** Files that a service reads, in the order in which the first one that does reads them. */
  readonly files: readonly { readonly path: string; readonly readBy: readonly string[] }[];
  readonly deviceSpec: readonly JudgedValue[];
  readonly alias: readonly JudgedValue[];
}

/** The release whose rules count: of the service itself, else of the packages, else the newest. */
export function novaRelease(nova: NovaFacts, service?: NovaService): NovaRelease {
  const versions = [service?.version, ...(nova.services ?? []).map(({ version }) => version), ...(nova.installed ?? [])];
  const major = versions.map((version) => (version === undefined ? undefined : majorOf(version))).find((of) => of !== undefined);
  return major === undefined ? assumedRelease : { major, certain: true };
}

/** The configuration of every running service; of nova-compute as it would start, where none runs. */
export function effectiveConfigurations(nova: NovaFacts): EffectiveNovaConfiguration[] {
  const running = nova.services ?? [];
  const configurations = running.map((service) => effectiveNovaConfiguration(nova, service));
  return configurations.length > 0 ? configurations : [effectiveNovaConfiguration(nova, "nova-compute")];
}

/** Judges Nova's files; undefined where the host has none. */
export function judgeNova(facts: HostFacts): NovaReport | undefined {
  if (facts.nova.files.size === 0 && (facts.nova.unreadableFiles?.size ?? 0) === 0) return undefined;
  const configurations = effectiveConfigurations(facts.nova);
  const release = novaRelease(facts.nova);
  const on = (of: (configuration: EffectiveNovaConfiguration) => boolean | undefined): boolean => configurations.some((configuration) => of(configuration) === true);
  const specs = distinct(configurations.map(({ deviceSpec }) => deviceSpec));
  const aliases = distinct(configurations.map(({ alias }) => alias));
  const reportInPlacement = on((configuration) => configuration.reportInPlacement.value);
  const judged = judgeAliases(aliases.map(({ value }) => value), release, on((configuration) => configuration.pciInPlacement.value), facts);
  return {
    files: filesOf(configurations),
    deviceSpec: specs.map((given) => ({ ...place(given), ...judgeDeviceSpec(given.value, release, { reportInPlacement }, facts) })),
    alias: aliases.map((given, index) => ({ ...place(given), ...(judged[index] ?? { verdict: "accept", why: "" }) })),
  };
}

function place({ value, file, name }: OptionValue): Pick<JudgedValue, "value" | "file" | "option"> {
  return { value, file, option: `[${name.group}]${name.name}` };
}

/** Services on one host share their files: what several read is one value. */
function distinct(lists: readonly (readonly OptionValue[])[]): OptionValue[] {
  const seen = new Map<string, OptionValue>();
  for (const list of lists) {
    const times = new Map<string, number>();
    for (const given of list) {
      const key = JSON.stringify([given.file, given.name.group, given.name.name, given.value]);
      times.set(key, (times.get(key) ?? 0) + 1);
      seen.set(`${key} ${times.get(key)}`, given);
    }
  }
  return [...seen.values()];
}

function filesOf(configurations: readonly EffectiveNovaConfiguration[]): NovaReport["files"] {
  const readers = new Map<string, string[]>();
  for (const { service, files } of configurations) for (const { path } of files) readers.set(path, [...new Set([...(readers.get(path) ?? []), service])]);
  return [...readers].map(([path, readBy]) => ({ path, readBy }));
}
