import type { NovaFacts } from "./hostFacts";
import { absent, known, value, type Reading } from "./reading";
import type { Snapshot } from "./snapshot";
import { lastSegment, linesOf } from "./values";

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
