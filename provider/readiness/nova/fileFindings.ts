import type { EffectiveNovaConfiguration } from "../../facts/nova/effective";
import type { NovaFacts } from "../../facts/hostFacts";
import { references, type OptionValue } from "../../facts/oslo/options";
import type { Finding } from "../finding";
import { hostFinding } from "../rule";

/** What is wrong with the files themselves: which are read, in which order, and who else writes them. */
export function fileFindings(nova: NovaFacts, configurations: readonly EffectiveNovaConfiguration[]): Finding[] {
  const perService = configurations.flatMap((configuration) => [
    ...unread(configuration), ...faults(configuration), ...overridden(configuration),
    ...accumulated(configuration, configuration.deviceSpec, "[pci]device_spec"), ...accumulated(configuration, configuration.alias, "[pci]alias"),
  ]);
  const given = configurations.flatMap(({ deviceSpec, alias }) => [...deviceSpec, ...alias]);
  return once([...managed(nova), ...perService, ...deprecated(given), ...interpolated(given)]);
}

/** Services that share their files say the same. */
export function once(findings: readonly Finding[]): Finding[] {
  return [...new Map(findings.map((finding) => [JSON.stringify(finding), finding])).values()];
}

const remedies: Readonly<Record<string, string>> = {
  kolla: "Put the lines into /etc/kolla/config/nova/nova-compute.conf on the deployment host and run kolla-ansible reconfigure.",
  juju: "Set pci-alias and pci-passthrough-whitelist of the charm with juju config.",
  snap: "Use snap set openstack-hypervisor compute.pci-device-specs=... compute.pci-aliases=...",
  tripleo: "Set the parameters of the deployment and run it again.",
  edpm: "Put the lines into the ConfigMap of the data plane's nova service.",
  puppet: "Set nova::compute::pci::device_specs and nova::pci::aliases.",
  "openstack-ansible": "Set nova_device_spec and nova_pci_alias and run the playbook.",
};

function managed(nova: NovaFacts): Finding[] {
  return (nova.managers ?? []).map(({ name, evidence }) =>
    hostFinding("nova-foreign-manager", "warn", `Nova's configuration is written by ${name} (${evidence}); what somebody else writes there is lost with its next run.`, remedies[name] ?? `Put the lines into what ${name} writes.`),
  );
}

function unread({ service, notRead }: EffectiveNovaConfiguration): Finding[] {
  return notRead.map(({ path, reason }) =>
    hostFinding("nova-file-not-read", "warn", `${service} is started with ${path}, which was not read: ${reason}. What stands in it is not part of this answer.`, "Run gpuhost as root, or put the file there: a service does not start without a file that its command line names."),
  );
}

function faults({ service, faults: found }: EffectiveNovaConfiguration): Finding[] {
  return found.map(({ file, line, says }) => hostFinding("nova-file-fault", "warn", `${file}, line ${line}: ${says}. ${service} does not start with this file.`, "Mend the line."));
}

/** The last value counts; that a drop-in loses to a file of the command line surprises everybody. */
function overridden({ service, reportInPlacement, pciInPlacement, enabledFilters }: EffectiveNovaConfiguration): Finding[] {
  const scalars = [["[pci]report_in_placement", reportInPlacement], ["[filter_scheduler]pci_in_placement", pciInPlacement], ["[filter_scheduler]enabled_filters", enabledFilters]] as const;
  return scalars.flatMap(([option, { given }]) => {
    const last = given.at(-1);
    const lost = given.filter(({ value, file }) => last !== undefined && file !== last.file && value !== last.value);
    return lost.map((loser) =>
      hostFinding("nova-scalar-overridden", "warn", `${option} = ${loser.value} of ${loser.file} does not count: ${service} reads ${last?.file} later, which says ${last?.value}.`, "Set it in one place. Files of a default directory (nova.conf.d) are read before those that --config-file names."),
    );
  });
}

function accumulated({ service }: EffectiveNovaConfiguration, values: readonly OptionValue[], option: string): Finding[] {
  const files = [...new Set(values.map(({ file }) => file))];
  const twice = values.filter((one, index) => values.findIndex(({ value }) => value === one.value) < index);
  return [
    ...(files.length > 1 ? [hostFinding("nova-list-accumulated", "note", `${service} takes ${option} from ${files.join(" and ")} together: a file adds to the list and never replaces it.`, "Keep the values in one file.")] : []),
    ...twice.map(({ value, file }) => hostFinding("nova-value-twice", option === "[pci]alias" ? "warn" : "note", `${option} has ${value} twice (again in ${file}).`, "Take one away.")),
  ];
}

function deprecated(values: readonly OptionValue[]): Finding[] {
  const old = values.filter(({ name }) => name.name !== "device_spec" && name.name !== "alias");
  return old.map(({ name, file }) => {
    const now = name.name === "pci_alias" ? "[pci]alias" : "[pci]device_spec";
    return hostFinding("nova-deprecated-option", "note", `${file} uses [${name.group}]${name.name}, the old name of ${now}. Its values are read before those of the present name.`, `Call it ${now}.`);
  });
}

function interpolated(values: readonly OptionValue[]): Finding[] {
  return values.flatMap(({ value, file }) =>
    references(value).map((name) => hostFinding("nova-value-interpolated", "warn", `${file}: oslo.config puts another option in place of $${name} in ${value}, and a service does not start where there is none of that name.`, "Write $$ for a dollar.")),
  );
}
