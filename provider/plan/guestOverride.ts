import { ABSTRACTION, decide, type GuestPolicy, guestPolicy } from "../facts/guestPolicy";
import type { HostFacts, LibvirtPolicy } from "../facts/hostFacts";
import { parseProfile } from "../facts/profileText";

export interface AppArmorRulesDesired {
  /** File rules for every guest beside the one that taking a card back needs: "/dev/hugepages/** rw,". */
  readonly guestRules: readonly string[];
  /** Packaged files, full paths, that are put back as shipped. */
  readonly restorePackaged: readonly string[];
}

export const POLICY = "/etc/apparmor.d";
export const OWNER = "AppArmorRules";

/** Where rules of the host's own go. `owned` is ours alone; in `shared` people write too, and one line there leads to ours. */
export interface Override {
  readonly owned: string;
  readonly shared: string | null;
}

/** libvirt 9 and later, where AppArmor is 3 or later: a directory whose files all count. */
const directory: Override = { owned: `${ABSTRACTION}.d/50-gpuhost`, shared: null };
/** One file, empty as installed: Debian 12's abstraction cannot do without it, newer ones call it deprecated. */
const local: Override = { owned: `local/${ABSTRACTION}-gpuhost`, shared: `local/${ABSTRACTION}` };

/** The line that leads from the shared file to ours; nothing breaks while ours is not there. */
export const INCLUDE = `include if exists <${local.owned}>`;

/** Every file that any of the two ways may leave of ours, the one that leads to another first. */
export const OVERRIDE_PATHS = [local.shared, local.owned, directory.owned].map((path) => `${POLICY}/${path}`);

/** Files of a change as `guestPolicy` takes them, by path below /etc/apparmor.d. */
export type Change = ReadonlyMap<string, string | null>;

/** The rules of guests without anything of ours. */
export function policyWithoutUs(libvirt: LibvirtPolicy, change: Change): GuestPolicy {
  return guestPolicy(libvirt, new Map([...change, [directory.owned, null], [local.owned, null]]));
}

/** The way this release takes; undefined when guests' rules include neither. */
export function overrideOf(policy: GuestPolicy): Override | undefined {
  return policy.includes.has(`${ABSTRACTION}.d`) ? directory : policy.includes.has(local.shared ?? "") ? local : undefined;
}

/** The VFIO container, which a guest opens when a device comes to it that it was not started with: Nova's resume, and its cold snapshot (LP #1775777). */
export const REATTACH = { path: "/dev/vfio/vfio", permissions: "rw" } as const;

/** Rules to be added, of those that are wanted, as lines. */
export function missingRules(policy: GuestPolicy, more: readonly string[]): string[] {
  const reattach = decide(policy, REATTACH.path, REATTACH.permissions).allowed ? [] : [`${REATTACH.path} ${REATTACH.permissions},`];
  const there = policy.rules.map(({ item }) => normal(item.text));
  return [...new Set([...reattach, ...more.map(normal).filter((rule) => !there.includes(rule))])];
}

function normal(rule: string): string {
  const [item] = parseProfile(rule, 0);
  return item?.kind === "file" ? item.text.replace(/\s+/g, " ").replace(/ ,$/, ",") : rule;
}

export function ownedText(rules: readonly string[]): string {
  return ["# gpuhost: rules of AppArmorRules for every guest. Edits are found and written over; own rules belong into another file.", ...rules, ""].join("\n");
}

/** Our own file on the host. foreign: of that name, and not ours. */
export function ownedAsFound(facts: HostFacts, owned: string): { readonly kind: "none" | "ours" | "foreign"; readonly text: string; readonly hash: string } {
  const reading = facts.appArmor.libvirt.texts.get(owned);
  const hash = facts.appArmor.libvirt.hashes.get(`${POLICY}/${owned}`) ?? "absent";
  if (reading === undefined || reading.kind !== "value") return { kind: "none", text: "", hash };
  const journalled = facts.journal.files.some((file) => file.path === `${POLICY}/${owned}`);
  return { kind: journalled || reading.value.startsWith("# gpuhost: ") ? "ours" : "foreign", text: `${reading.value}\n`, hash };
}
