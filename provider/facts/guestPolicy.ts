import type { LibvirtPolicy } from "./appArmorTypes";
import { covers, parseProfile, type ProfileItem } from "./profileText";
import { absent, type Reading } from "./reading";

/** Where a rule stands: a file below /etc/apparmor.d, and its text. */
export interface PolicyRule {
  readonly file: string;
  readonly item: Extract<ProfileItem, { readonly kind: "file" }>;
}

/** The rules that a guest which is started now gets, beside those that libvirt adds for its own devices. */
export interface GuestPolicy {
  readonly rules: readonly PolicyRule[];
  /** Files and directories that are included from there, whether or not they are there. */
  readonly includes: ReadonlySet<string>;
  /** Included without "if exists" and not there: no guest can start. */
  readonly missing: readonly string[];
  /** Files that could not be read. */
  readonly unread: readonly string[];
}

export const TEMPLATE = "libvirt/TEMPLATE.qemu";
export const ABSTRACTION = "abstractions/libvirt-qemu";

/** Follows the includes of libvirt's template as apparmor_parser does; `change` puts other texts in the place of files (null: none). */
export function guestPolicy(libvirt: LibvirtPolicy, change: ReadonlyMap<string, string | null> = new Map()): GuestPolicy {
  const rules: PolicyRule[] = [];
  const includes = new Set<string>();
  const missing = new Set<string>();
  const unread = new Set<string>();
  const text = (path: string): Reading<string> => {
    const other = change.get(path);
    if (other !== undefined) return other === null ? absent : { kind: "value", value: other };
    return libvirt.texts.get(path) ?? absent;
  };
  // The parser reads a file once for a profile.
  const seen = new Set<string>();
  const walk = (path: string, depth: 0 | 1): void => {
    const found = text(path);
    if (found.kind === "unreadable") return void unread.add(path);
    if (found.kind === "absent" || seen.has(path)) return;
    seen.add(path);
    for (const item of parseProfile(found.value, depth)) {
      if (item.kind === "file") rules.push({ file: path, item });
      else follow(item);
    }
  };
  const follow = (item: Extract<ProfileItem, { kind: "include" }>): void => {
    const path = item.path.replace(/^\/etc\/apparmor\.d\//, "").replace(/\/$/, "");
    includes.add(path);
    if (text(path).kind !== "absent") return walk(path, 0);
    const inside = [...new Set([...libvirt.texts.keys(), ...change.keys()])].filter((each) => each.startsWith(`${path}/`) && !each.slice(path.length + 1).includes("/") && !skipped(each)).sort();
    for (const each of inside) walk(each, 0);
    if (inside.length === 0 && !item.ifExists && !path.startsWith("tunables/") && /libvirt/.test(path)) missing.add(path);
  };
  walk(TEMPLATE, 1);
  return { rules, includes, missing: [...missing].sort(), unread: [...unread].sort() };
}

/** Names that apparmor_parser leaves out of a directory it includes (apparmor.d(5)). */
function skipped(path: string): boolean {
  return /\/(\.|README)|(~|\.dpkg-\w+|\.rpm\w+|\.pac\w+|\.orig|,v)$/.test(path);
}

/** Rules that forbid, and rules that allow, all of `permissions` ("rw") on a path. Whoever forbids wins. */
export function decide(policy: GuestPolicy, path: string, permissions: string): { readonly allowed: boolean; readonly denied: PolicyRule | undefined } {
  const about = policy.rules.filter(({ item }) => covers(item.path, path));
  const denied = about.find(({ item }) => item.deny && [...permissions].some((each) => item.permissions.includes(each)));
  const given = about.filter(({ item }) => !item.deny).map(({ item }) => item.permissions).join("");
  return { allowed: denied === undefined && [...permissions].every((each) => given.includes(each)), denied };
}
