import { Random } from "./random";
import type { Direction } from "./wire";

/** Where in the bytes of a run something happens: how far into what passes that way in an undisturbed run, from 0 to 1. */
export interface Moment {
  readonly direction: Direction;
  readonly far: number;
}

/** One thing that goes wrong in one run. */
export type Mishap =
  | { readonly what: "cut" | "stall" | "gone" | "silent" | "refused" | "other key" | "killed" | "power"; readonly when: Moment }
  | { readonly what: "slow"; readonly milliseconds: number }
  | { readonly what: "no reboot" | "no return" }
  | { readonly what: "full"; readonly where: Disk; readonly kib: number; readonly when: Moment }
  | { readonly what: "edit"; readonly file: PersonsFile; readonly note: string; readonly when: Moment }
  | { readonly what: "two operators" };

export type Disk = "/var" | "/etc" | "/boot";
export const disks: readonly Disk[] = ["/var", "/etc", "/boot"];

/** What a person edits: two files that are a person's own, and two that we write. */
export type PersonsFile = "/etc/default/grub.d/60-person.cfg" | "/etc/modprobe.d/person.conf" | "/etc/default/grub.d/zz-gpuhost.cfg" | "/etc/gpuhost/vfio-binding.conf";

export interface DisturbedRun {
  readonly does: "up" | "destroy";
  readonly mishaps: readonly Mishap[];
}

/** One seed: disturbed runs of a fresh host; then everything is mended, one clean `up`, and a clean `destroy`. */
export interface Story {
  readonly seed: number;
  readonly runs: readonly DisturbedRun[];
  /** What a person edits between the clean `up` and the `destroy`. */
  readonly late: readonly Mishap[];
  /** What goes wrong in a first `destroy` before the clean one. */
  readonly undo: DisturbedRun | undefined;
}

const kinds = ["cut", "cut", "cut", "stall", "gone", "silent", "refused", "other key", "killed", "killed", "killed", "power", "slow", "no reboot", "no return", "full", "full", "edit", "edit", "two operators"] as const;
/** Each kind of mishap once. */
export const mishapKinds: readonly Mishap["what"][] = [...new Set(kinds)];
const files: readonly PersonsFile[] = ["/etc/default/grub.d/60-person.cfg", "/etc/modprobe.d/person.conf", "/etc/default/grub.d/zz-gpuhost.cfg", "/etc/gpuhost/vfio-binding.conf"];

export function drawStory(seed: number): Story {
  const random = new Random(seed);
  const runs = Array.from({ length: random.whole(1, 3) }, (_none, index): DisturbedRun => ({ does: index > 0 && random.chance(0.15) ? "destroy" : "up", mishaps: mishaps(random) }));
  const late = random.chance(0.2) ? [edit(random)] : [];
  const undo: DisturbedRun | undefined = random.chance(0.3) ? { does: "destroy", mishaps: mishaps(random).filter(({ what }) => what !== "two operators") } : undefined;
  return { seed, runs, late, undo };
}

function mishaps(random: Random): Mishap[] {
  return Array.from({ length: random.chance(0.6) ? 1 : 2 }, () => mishap(random));
}

function mishap(random: Random): Mishap {
  const what = random.pick(kinds);
  switch (what) {
    case "slow": return { what, milliseconds: random.whole(2, 40) };
    case "no reboot": case "no return": case "two operators": return { what };
    case "full": return { what, where: random.pick(disks), kib: Math.floor(2 ** random.whole(0, 9)) - 1, when: moment(random) };
    case "edit": return edit(random);
    default: return { what, when: moment(random) };
  }
}

function edit(random: Random): Mishap {
  return { what: "edit", file: random.pick(files), note: `note ${random.whole(1, 999_999)} of a person`, when: moment(random) };
}

function moment(random: Random): Moment {
  return { direction: random.pick(["to the host", "from the host"]), far: Math.round(random.fraction() * 10_000) / 10_000 };
}

export function inWords(story: Story): string {
  const run = ({ does, mishaps: all }: DisturbedRun): string => `${does}, with ${all.map(mishapInWords).join(" and ")}`;
  return [
    ...story.runs.map(run), "everything mended, a clean up", ...story.late.map((each) => mishapInWords(each)), ...(story.undo === undefined ? [] : [run(story.undo), "everything mended"]), "a clean destroy",
  ].map((line, index) => `  ${index + 1}. ${line}`).join("\n");
}

function mishapInWords(of: Mishap): string {
  const when = "when" in of ? ` at ${Math.round(of.when.far * 100)} % of the bytes ${of.when.direction}` : "";
  switch (of.what) {
    case "cut": return `every connection broken${when}`;
    case "stall": return `a connection that goes silent${when}`;
    case "gone": return `the host not reached any more from${when}`;
    case "silent": return `connections broken, and new ones never answered, from${when}`;
    case "refused": return `logins refused from${when}`;
    case "other key": return `another host key from${when}`;
    case "killed": return `the provider killed${when}`;
    case "power": return `a power cut${when}`;
    case "slow": return `every piece of the stream ${of.milliseconds} ms late`;
    case "no reboot": return "a reboot command that does nothing";
    case "no return": return "a host that goes down for its reboot and stays down";
    case "full": return `the disk of ${of.where} full but for ${of.kib} KiB from${when}`;
    case "edit": return `a person writing "${of.note}" into ${of.file}${when}`;
    case "two operators": return "a second operator, whose order comes while the first one's transaction is at work";
  }
}
