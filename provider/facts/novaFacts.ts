import type { NovaFacts, NovaManager, NovaService } from "./hostFacts";
import { absent, known, value } from "./reading";
import type { Snapshot } from "./snapshot";
import { lastSegment, linesOf } from "./values";

const directories = [
  "/etc", "/usr/share/nova", "/etc/nova", "/etc/kolla/nova-compute", "/var/lib/openstack/config/nova", "/var/snap/openstack-hypervisor/common/etc/nova",
];

/** A service as the reading script tells it, with the root that its files lie below. */
interface Told {
  readonly service: NovaService;
  readonly vector: readonly string[];
  readonly root: string;
}

export function novaFacts(snapshot: Snapshot): NovaFacts {
  const told = services(known(snapshot.answer("nova-services")) ?? "");
  const compute = told.find(({ service }) => service.name === "nova-compute");
  return {
    computeCommandLine: compute === undefined ? absent : value(compute.vector),
    ...novaFiles(snapshot, told),
    services: told.map(({ service }) => service),
    installed: [...new Set(linesOf(known(snapshot.answer("nova-installed")) ?? "").flatMap((line) => versionOf(line) ?? []))],
    managers: managers(known(snapshot.answer("nova-managers")) ?? ""),
  };
}

const order = ["nova-compute", "nova-api", "nova-scheduler", "nova-conductor"] as const;

/** "service proc/PID", then lines of one word and its text: program, unit, root, environment, installed, names, argument. */
function services(text: string): Told[] {
  const blocks = text.split(/^service /m).slice(1).map((block) => linesOf(block).slice(1));
  const all = blocks.flatMap((lines): Told[] => {
    const of = (word: string): string[] => lines.filter((line) => line.startsWith(`${word} `)).map((line) => line.slice(word.length + 1));
    const program = of("program")[0] ?? "";
    const name = order.find((one) => [program, ...of("names")].some((word) => word.replaceAll(/[_.]/g, "-").startsWith(one))) ?? (of("names").length > 0 ? "nova-api" : undefined);
    if (name === undefined) return [];
    const vector = of("argument");
    const own = vector.findIndex((argument) => lastSegment(argument) === program);
    const [unit, root, version] = [of("unit")[0], of("root")[0], of("installed").flatMap((line) => versionOf(`installed ${line}`) ?? [])[0]];
    const service: NovaService = {
      name, program, args: vector.slice(own + 1),
      ...(unit === undefined ? {} : { unit }), ...(root === undefined ? {} : { container: `${name} container` }), ...(version === undefined ? {} : { version }),
      environment: new Map(of("environment").map((line) => [line.slice(0, line.indexOf("=")), line.slice(line.indexOf("=") + 1)])),
    };
    return [{ service, vector, root: root === undefined ? "" : `/${root}` }];
  });
  const key = ({ service }: Told): string => `${order.indexOf(service.name)} ${service.unit ?? ""} ${service.args.join("\n")}`;
  return all.sort((a, b) => (key(a) < key(b) ? -1 : key(a) > key(b) ? 1 : 0));
}

/** "installed nova-34.0.0.dist-info", "installed nova-27.1.0-py3.9.egg-info", "dpkg nova-common 2:26.2.2-1~deb12u3". */
function versionOf(line: string): string | undefined {
  return /^installed nova-(\d[^-]*?)(?:-py[\d.]+)?\.[a-z]+-(?:info|link)$/.exec(line)?.[1] ?? /^dpkg \S+ (\S+)$/.exec(line)?.[1];
}

const managerNames = ["kolla", "juju", "snap", "tripleo", "edpm", "puppet", "openstack-ansible", "ansible", "chef", "salt"] as const;

/** "NAME EVIDENCE"; of each tool the first. */
function managers(text: string): NovaManager[] {
  const found = linesOf(text).flatMap((line): NovaManager[] => {
    const name = managerNames.find((one) => line.startsWith(`${one} `));
    return name === undefined ? [] : [{ name, evidence: line.slice(name.length + 1) }];
  });
  return found.filter((manager, index) => found.findIndex(({ name }) => name === manager.name) === index);
}

/** Files of the usual places and those that a command line names; of a container under the container's name, since its process id changes. */
function novaFiles(snapshot: Snapshot, told: readonly Told[]): Pick<NovaFacts, "files" | "unreadableFiles"> {
  const files = new Map<string, string>();
  const unreadableFiles = new Map<string, string>();
  const add = (path: string, name: string): void => {
    const text = snapshot.text(path);
    if (text.kind === "value") files.set(name, text.value);
    else if (text.kind === "unreadable") unreadableFiles.set(name, text.reason);
  };
  const inside = (directory: string): string[] => (known(snapshot.list(directory)) ?? []).filter((name) => name.endsWith(".conf")).map((name) => `${directory}/${name}`);
  const roots = [{ root: "", container: undefined, wanted: directories }, ...told.map((of) => ({ root: of.root, container: of.service.container, wanted: wantedBy(of.service) }))];
  for (const { root, container, wanted } of roots) {
    for (const place of wanted) {
      const whole = `${root}${place}`;
      const drops = (known(snapshot.list(whole)) ?? []).filter((name) => name.endsWith(".conf.d")).flatMap((name) => inside(`${whole}/${name}`));
      const own = place === "/etc" ? inside(whole).filter((path) => path === `${whole}/nova.conf`) : inside(whole);
      // A directory that may not be entered lists nothing, and its files are there all the same.
      for (const path of [whole, `${whole}/nova.conf`, ...own, ...drops]) if (path.endsWith(".conf") || snapshot.text(path).kind === "value") add(path, container === undefined ? path : `${container}:${path.slice(root.length)}`);
    }
  }
  return { files, unreadableFiles };
}

/** Files and directories of one service: arguments, and where its defaults are. */
function wantedBy(service: NovaService): string[] {
  const environment = (name: string): string[] => (service.environment.has(name) ? [service.environment.get(name) ?? ""] : []);
  const [homes, snaps] = [environment("HOME"), [...environment("SNAP_COMMON"), ...environment("SNAP")]];
  const named = service.args.flatMap((argument, index) => {
    const match = /^--config-(?:file|dir)(?:=(.*))?$/s.exec(argument);
    return match === null ? [] : [match[1] ?? service.args[index + 1] ?? ""];
  });
  const places = [...homes.filter((home) => home !== "/").map((home) => `${home}/.nova`), "/etc/nova", "/usr/share/nova", ...environment("OS_NOVA_CONFIG_DIR"), ...snaps.map((snap) => `${snap}/etc/nova`), ...named];
  return places.map((place) => place.replace(/\/+$/, "")).filter((place) => place.startsWith("/"));
}
