import { parseCommandLine } from "./commandLine";
import { defaultGrubEntry, grubEntries, parseGrubConfiguration, parseGrubEnvironment, type GrubConfiguration } from "./grubConfiguration";
import { applyGpuhostDropIn, isGpuhostDropIn, parseGpuhostDropIn } from "./gpuhostDropIn";
import { expandGrub, grubKernelText, grubWords, type GrubVariables } from "./grubWords";
import { environmentWritable } from "./grubEnvironmentBlock";
import type { BootLoaderFacts, KernelArgument } from "./hostFacts";
import { defaultLoaderEntry, loaderEntries, type LoaderEntry } from "./loaderEntries";
import { absent, known, mapReading, value, type Reading } from "./reading";
import { sourceShell, type ShellVariables } from "./shellScript";
import { NotFollowed } from "./shellWords";
import type { Snapshot } from "./snapshot";
import { firstOf, linesOf } from "./values";

interface BootLoader {
  readonly facts: BootLoaderFacts;
  readonly nextBoot: Reading<readonly KernelArgument[]>;
}

/** What starts the kernel, and what it would pass at the next boot. */
export function bootLoader(snapshot: Snapshot, ostree: boolean): BootLoader {
  const configurationText = firstOf(snapshot.text("/boot/grub/grub.cfg"), snapshot.text("/boot/grub2/grub.cfg"), efiConfiguration(snapshot));
  const configuration = mapReading(configurationText, parseGrubConfiguration);
  const environment = mapReading(firstOf(snapshot.text("/boot/grub/grubenv"), snapshot.text("/boot/grub2/grubenv"), efiEnvironment(snapshot)), parseGrubEnvironment);
  const defaults = grubDefaults(snapshot);
  const blsEntries = loaderEntries(snapshot);
  const kind = loaderKind(snapshot, { configuration, defaults, blsEntries, ostree });
  const sourced = sourceDefaults(defaults);
  const variables: GrubVariables = new Map([...(known(configuration)?.variables ?? []), ...(known(environment) ?? [])]);
  return {
    facts: {
      kind,
      grubDefaults: defaults,
      variables: { linux: sourced.linux, linuxDefault: sourced.linuxDefault },
      entries: kind === "grub" ? mapReading(configuration, (read) => grubEntries(read.nodes)) : blsEntries.length > 0 ? value(blsEntries) : absent,
      environment,
      environmentWritable: environmentWritable(snapshot),
      configurationHash: configurationHash(snapshot),
    },
    nextBoot: nextBoot(kind, configuration, { snapshot, defaults, sourced, blsEntries, variables }),
  };
}

interface Sources {
  readonly snapshot: Snapshot;
  readonly defaults: ReadonlyMap<string, string>;
  readonly sourced: Sourced;
  readonly blsEntries: readonly LoaderEntry[];
  readonly variables: GrubVariables;
}

function nextBoot(kind: BootLoaderFacts["kind"], configuration: Reading<GrubConfiguration>, from: Sources): Reading<readonly KernelArgument[]> {
  if (kind === "systemd-boot") {
    const conf = firstOf(...["/boot", "/boot/efi", "/efi"].map((at) => from.snapshot.text(`${at}/loader/loader.conf`)));
    const entry = defaultLoaderEntry(from.blsEntries, known(conf));
    return entry === undefined ? absent : value(parseCommandLine(entry.arguments));
  }
  if (kind === "grub-bls" || (kind === "rpm-ostree" && from.blsEntries.length > 0)) {
    const saved = from.variables.get("saved_entry") ?? "";
    const entry = from.blsEntries.find((one) => one.id === saved) ?? (/^\d+$/.test(saved) ? from.blsEntries[Number(saved)] : undefined) ?? from.blsEntries[0];
    return entry === undefined ? absent : value(fromGrub(expandGrub(entry.arguments, from.variables), from.variables));
  }
  if (configuration.kind === "value" && configuration.value.nodes.length > 0) {
    const entry = defaultGrubEntry(configuration.value, from.variables);
    if (entry !== null && entry.kernel !== "") return value(fromGrub(entry.arguments, from.variables));
  }
  if (configuration.kind === "unreadable") return configuration;
  return fromDefaults(from);
}

function fromGrub(text: string, variables: GrubVariables): KernelArgument[] {
  return parseCommandLine(grubKernelText(grubWords(text, variables)));
}

/** GRUB_CMDLINE_LINUX, then GRUB_CMDLINE_LINUX_DEFAULT (grub.d/10_linux), then our own drop-in where it is kept. */
function fromDefaults({ defaults, sourced, snapshot }: Sources): Reading<readonly KernelArgument[]> {
  if (!defaults.has("/etc/default/grub")) return mapReading(snapshot.text("/etc/default/grub"), () => []);
  if (sourced.linux === null || sourced.linuxDefault === null) return absent;
  const args = parseCommandLine(`${sourced.linux} ${sourced.linuxDefault}`);
  const dropIn = [...defaults.values()].filter(isGpuhostDropIn).map(parseGpuhostDropIn)[0];
  return value(dropIn === undefined ? args : applyGpuhostDropIn(args, dropIn));
}

/** In the order grub-mkconfig sources them. */
function grubDefaults(snapshot: Snapshot): Map<string, string> {
  const drops = (known(snapshot.list("/etc/default/grub.d")) ?? []).filter((name) => name.endsWith(".cfg"));
  const texts = ["/etc/default/grub", ...drops.map((name) => `/etc/default/grub.d/${name}`)].map((path) => [path, known(snapshot.text(path))] as const);
  return new Map(texts.flatMap(([path, text]) => (text === undefined ? [] : [[path, text] as const])));
}

interface Sourced {
  readonly linux: string | null;
  readonly linuxDefault: string | null;
}

function sourceDefaults(defaults: ReadonlyMap<string, string>): Sourced {
  const variables: ShellVariables = new Map();
  try {
    for (const text of defaults.values()) if (!isGpuhostDropIn(text)) sourceShell(text, variables);
  } catch (error) {
    if (error instanceof NotFollowed) return { linux: null, linuxDefault: null };
    throw error;
  }
  const of = (name: string): string | null => (variables.has(name) ? (variables.get(name) ?? null) : "");
  return { linux: of("GRUB_CMDLINE_LINUX"), linuxDefault: of("GRUB_CMDLINE_LINUX_DEFAULT") };
}

interface Found {
  readonly configuration: Reading<GrubConfiguration>;
  readonly defaults: ReadonlyMap<string, string>;
  readonly blsEntries: readonly LoaderEntry[];
  readonly ostree: boolean;
}

function loaderKind(snapshot: Snapshot, { configuration, defaults, blsEntries, ostree }: Found): BootLoaderFacts["kind"] {
  if (ostree) return "rpm-ostree";
  const asksForBls = [...defaults.values()].some((text) => /^\s*(export\s+)?GRUB_ENABLE_BLSCFG=["']?true/m.test(text));
  const grub = configuration.kind !== "absent";
  if (blsEntries.length > 0) {
    const read = known(configuration);
    if (read?.blscfg === true || (asksForBls && !hasMenu(read))) return "grub-bls";
    if (!hasMenu(read)) return grubEnvironmentFound(snapshot) ? "grub-bls" : grub || defaults.size > 0 ? "grub" : "systemd-boot";
  }
  return grub || defaults.has("/etc/default/grub") ? "grub" : "unknown";
}

function hasMenu(configuration: GrubConfiguration | undefined): boolean {
  return configuration !== undefined && configuration.nodes.length > 0;
}

function grubEnvironmentFound(snapshot: Snapshot): boolean {
  return firstOf(snapshot.text("/boot/grub2/grubenv"), snapshot.text("/boot/grub/grubenv"), efiEnvironment(snapshot)).kind === "value";
}

function efiFile(snapshot: Snapshot, name: string): Reading<string> {
  const vendors = known(snapshot.list("/boot/efi/EFI")) ?? [];
  return firstOf(...vendors.map((vendor) => snapshot.text(`/boot/efi/EFI/${vendor}/${name}`)));
}

function efiEnvironment(snapshot: Snapshot): Reading<string> {
  return efiFile(snapshot, "grubenv");
}

/** RHEL 8 and older keep the whole configuration there; later ones, and Debian, only a stub that names the real file. */
function efiConfiguration(snapshot: Snapshot): Reading<string> {
  const text = efiFile(snapshot, "grub.cfg");
  return text.kind === "value" && !/^\s*(menuentry|blscfg)/m.test(text.value) ? absent : text;
}

/** "HASH  boot/grub/grub.cfg" of sha256sum. */
function configurationHash(snapshot: Snapshot): Reading<string> {
  const answer = snapshot.answer("boot-hashes");
  const line = answer.kind === "value" ? linesOf(answer.value).find((one) => one.endsWith("/grub.cfg")) : undefined;
  return line === undefined ? absent : value(line.split(" ")[0] ?? "");
}
