import { effectiveNovaConfiguration, type EffectiveNovaConfiguration } from "../../facts/nova/effective";
import { assumedRelease, majorOf, type NovaRelease } from "../../facts/nova/release";
import type { HostFacts, NovaFacts, NovaService } from "../../facts/hostFacts";
import type { OptionValue } from "../../facts/oslo/options";
import type { Finding } from "../finding";
import { hostFinding } from "../rule";
import { fileFindings, once } from "./fileFindings";
import { valueFindings } from "./valueFindings";
import { judgeAliases } from "./alias";
import { judgeDeviceSpec } from "./deviceSpec";
import { rejected, type NovaJudgement } from "./judgement";

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

/** What a person should know of Nova's configuration on this host; nothing of it keeps a card from being ready. */
export function novaFindings(facts: HostFacts): Finding[] {
  if (!hasNova(facts)) return [];
  const configurations = effectiveConfigurations(facts.nova);
  const values = configurations.flatMap((configuration) => valueFindings(facts, configuration, releaseOf(facts.nova, configuration)));
  return once([...fileFindings(facts.nova, configurations), ...values, ...differing(configurations)]);
}

function hasNova({ nova }: HostFacts): boolean {
  return nova.files.size > 0 || (nova.unreadableFiles?.size ?? 0) > 0;
}

/** Services of one host that read different files. Scheduler and conductor look at aliases only with pci_in_placement. */
function differing(configurations: readonly EffectiveNovaConfiguration[]): Finding[] {
  const concerned = configurations.filter(({ service, pciInPlacement }) => pciInPlacement.value === true || service === "nova-api" || service === "nova-compute");
  const texts = concerned.map(({ service, alias }) => ({ service, text: JSON.stringify(alias.map(({ value }) => value)) }));
  const odd = texts.filter(({ text }) => text !== texts[0]?.text);
  return odd.map(({ service }) => hostFinding("nova-aliases-differ", "warn", `${service} has other aliases than ${texts[0]?.service}: a request is judged by the one and carried out by the other.`, "Give all services the same aliases, on every host."));
}

/** The configuration of every running service; of nova-compute as it would start, where none runs. */
export function effectiveConfigurations(nova: NovaFacts): EffectiveNovaConfiguration[] {
  const running = nova.services ?? [];
  const configurations = running.map((service) => effectiveNovaConfiguration(nova, service));
  return configurations.length > 0 ? configurations : [effectiveNovaConfiguration(nova, "nova-compute")];
}

/** Judges Nova's files, each value in the service that reads it; undefined where the host has none. */
export function judgeNova(facts: HostFacts): NovaReport | undefined {
  if (!hasNova(facts)) return undefined;
  const configurations = effectiveConfigurations(facts.nova);
  return {
    files: filesOf(configurations),
    deviceSpec: distinct(configurations.map((configuration) => {
      const reportInPlacement = configuration.reportInPlacement.value === true;
      return configuration.deviceSpec.map((given) => ({ ...place(given), ...judgeDeviceSpec(given.value, releaseOf(facts.nova, configuration), { reportInPlacement }, facts) }));
    })),
    alias: distinct(configurations.map((configuration) => {
      const judged = judgeAliases(configuration.alias.map(({ value }) => value), releaseOf(facts.nova, configuration), configuration.pciInPlacement.value === true, facts);
      return configuration.alias.map((given, index) => ({ ...place(given), ...(judged[index] ?? rejected("not judged")) }));
    })),
  };
}

function releaseOf(nova: NovaFacts, { service }: EffectiveNovaConfiguration): NovaRelease {
  return novaRelease(nova, nova.services?.find(({ name }) => name === service));
}

function place({ value, file, name }: OptionValue): Pick<JudgedValue, "value" | "file" | "option"> {
  return { value, file, option: `[${name.group}]${name.name}` };
}

const worst = ["accept", "warn", "reject"] as const;

/** Services on one host share their files: what several read is one value, with the worst that one of them makes of it. */
function distinct(lists: readonly (readonly JudgedValue[])[]): JudgedValue[] {
  const seen = new Map<string, JudgedValue>();
  for (const list of lists) {
    const times = new Map<string, number>();
    for (const judged of list) {
      const key = JSON.stringify([judged.file, judged.option, judged.value]);
      times.set(key, (times.get(key) ?? 0) + 1);
      const before = seen.get(`${key} ${times.get(key)}`);
      if (before === undefined || worst.indexOf(judged.verdict) > worst.indexOf(before.verdict)) seen.set(`${key} ${times.get(key)}`, judged);
    }
  }
  return [...seen.values()];
}

function filesOf(configurations: readonly EffectiveNovaConfiguration[]): NovaReport["files"] {
  const readers = new Map<string, string[]>();
  for (const { service, files } of configurations) for (const { path } of files) readers.set(path, [...new Set([...(readers.get(path) ?? []), service])]);
  return [...readers].map(([path, readBy]) => ({ path, readBy }));
}
