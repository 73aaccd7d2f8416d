import { type GuestPolicy, decide } from "../facts/guestPolicy";
import type { HostFacts } from "../facts/hostFacts";
import type { Finding } from "../readiness/finding";
import { type Override, POLICY, REATTACH, ownedAsFound } from "./guestOverride";

interface Found {
  readonly without: GuestPolicy;
  readonly override: Override | undefined;
  /** Rules that are to be added. */
  readonly rules: readonly string[];
}

/** Why rules for guests cannot be changed here, or would change nothing. */
export function appArmorFindings(facts: HostFacts, { without, override, rules }: Found): Finding[] {
  const { denied } = decide(without, REATTACH.path, REATTACH.permissions);
  const refuse = (rule: string, says: string, remedy: string): Finding => ({ rule, severity: "refuse", addresses: [], says, remedy });
  const findings: Finding[] = [];
  if (without.unread.length > 0) {
    findings.push(refuse("apparmor-not-read", `${full(without.unread)} could not be read, so what guests may is not known.`, "Read the host as root, or allow sudo, then preview again."));
  }
  if (without.missing.length > 0) {
    findings.push(refuse("include-missing", `libvirt's rules for guests include ${full(without.missing)}, which is not there: no guest can be started.`,
      `On the host: install -D -m 0644 /dev/null ${full(without.missing)} (the package makes it so), then preview again.`));
  }
  if (denied !== undefined) {
    findings.push(refuse("denied-by-rule", `${POLICY}/${denied.file} says "${denied.item.text}", and no other rule can allow again what one denies: a guest cannot take its card back.`, "Take that rule out, then preview again."));
  }
  if (rules.length === 0) return findings;
  if (override === undefined) {
    return [...findings, refuse("no-override", "What libvirt's template for guests includes leads neither to abstractions/libvirt-qemu.d nor to local/abstractions/libvirt-qemu, so no rule can be added without editing a packaged file.",
      "Such files were edited or overwritten: name them in restorePackaged to have them put back as shipped.")];
  }
  if (ownedAsFound(facts, override.owned).kind === "foreign") {
    findings.push(refuse("file-not-ours", `${POLICY}/${override.owned} is there and was not written by us; it would be overwritten.`, "Move it to another name, then preview again."));
  }
  return findings;
}

function full(paths: readonly string[]): string {
  return paths.map((path) => `${POLICY}/${path}`).join(" ");
}
