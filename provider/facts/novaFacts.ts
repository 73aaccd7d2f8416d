import type { AppArmorFacts, NovaFacts } from "./hostFacts";
import { absent, known, mapReading, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { flag, lastSegment, linesOf, malformed } from "./values";

const directories = [
  "/usr/share/nova", "/etc/nova", "/etc/nova/nova.conf.d", "/etc/nova/nova-compute.conf.d",
  "/etc/kolla/nova-compute", "/var/snap/openstack-hypervisor/common/etc/nova",
];

export function novaFacts(snapshot: Snapshot): NovaFacts {
  const files = directories.flatMap((directory) =>
    (known(snapshot.list(directory)) ?? []).flatMap((name): [string, string][] => {
      const text = known(snapshot.text(`${directory}/${name}`));
      return text === undefined ? [] : [[`${directory}/${name}`, text]];
    }),
  );
  return { computeCommandLine: computeCommandLine(snapshot.answer("nova-compute")), files: new Map(files) };
}

/** Arguments of the first process that runs nova-compute: one a line, a "==> FILE <==" before each process. */
function computeCommandLine(answer: Reading<string>): Reading<readonly string[]> {
  if (answer.kind !== "value") return answer;
  const processes = answer.value.split(/^==> .* <==$/m).map((text) => linesOf(text).filter((line) => line !== ""));
  const compute = processes.find((args) => args.slice(0, 2).some((argument) => lastSegment(argument) === "nova-compute"));
  return compute === undefined ? absent : value(compute);
}

/** securityfs lists a loaded profile as "NAME (MODE)". */
export function appArmorFacts(snapshot: Snapshot): AppArmorFacts {
  const enabled = "/sys/module/apparmor/parameters/enabled";
  const profiles = "/sys/kernel/security/apparmor/profiles";
  return {
    enabled: flag(snapshot.text(enabled), enabled),
    profiles: mapReading(snapshot.text(profiles), (text) => new Map(linesOf(text).map((line): [string, string] => {
      const match = /^(.*) \(([a-z]+)\)$/.exec(line);
      if (match === null) throw malformed(profiles, line, '"NAME (MODE)"');
      return [match[1] ?? "", match[2] ?? ""];
    }))),
  };
}
