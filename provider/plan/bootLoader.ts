import type { BootLoaderFacts, HostFacts, SystemFacts } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { WantedArguments } from "../facts/applyArguments";

/** Whether the first boot into something new can be a trial: GRUB must be able to take its choice back before the kernel starts. */
export function trialPossible(facts: HostFacts): boolean {
  return known(facts.bootLoader.environmentWritable) === true;
}

/** Why there is no trial, for a preview. */
export function whyNoTrial(facts: HostFacts): string {
  return facts.bootLoader.environmentWritable.kind === "value"
    ? "GRUB cannot write its environment block here"
    : "whether GRUB can write its environment block here is not known";
}

/** Refusals where boot entries cannot be changed by us, or not enough could be read to change them. */
export function bootLoaderFindings(facts: HostFacts, wanted: WantedArguments): Finding[] {
  const { bootLoader, system, kernelCommandLine } = facts;
  if (bootLoader.kind === "unknown") return [unread("which boot loader starts this host could not be told")];
  if (bootLoader.kind !== "grub" || !debianFamily(system)) return [notProven(bootLoader.kind, system, wanted)];
  const findings: Finding[] = [];
  if (kernelCommandLine.nextBoot.kind !== "value") {
    findings.push(unread(`the command line of the next boot could not be read (${reasonOf(kernelCommandLine.nextBoot)})`));
  }
  if (bootLoader.environmentWritable.kind === "unreadable") {
    findings.push(unread(`whether GRUB can write its environment block could not be read (${bootLoader.environmentWritable.reason})`));
  }
  return findings;
}

function reasonOf(reading: { readonly kind: string; readonly reason?: string }): string {
  return reading.reason ?? reading.kind;
}

function unread(what: string): Finding {
  return {
    rule: "boot-loader-unreadable", severity: "refuse", addresses: [],
    says: `${capital(what)}; what cannot be read is not changed.`,
    remedy: "Let the connection's user read /boot/grub and /etc/default (sudo), then preview again.",
  };
}

function capital(text: string): string {
  return text.charAt(0).toUpperCase() + text.slice(1);
}

function debianFamily(system: SystemFacts): boolean {
  const release = known(system.osRelease);
  return release !== undefined && [release.id, ...release.idLike].some((id) => id === "debian" || id === "ubuntu");
}

function notProven(kind: BootLoaderFacts["kind"], system: SystemFacts, wanted: WantedArguments): Finding {
  const release = known(system.osRelease);
  return {
    rule: "boot-loader-not-proven", severity: "refuse", addresses: [],
    says: `The boot entries belong to ${kind} on ${release?.prettyName ?? "an unknown system"}; changing them was proved on Debian and Ubuntu with GRUB only.`,
    remedy: `Run there, and reboot: ${byHand(kind, wanted)}`,
  };
}

/** The commands a person runs where we do not; sources: grubby(8), kernel-install(8), rpm-ostree(1). */
function byHand(kind: BootLoaderFacts["kind"], { shouldExist, shouldNotExist }: WantedArguments): string {
  const gone = shouldNotExist.map((item) => (item.endsWith("=*") ? item.slice(0, -2) : item));
  switch (kind) {
    case "rpm-ostree":
      return ["rpm-ostree kargs", ...shouldExist.map((item) => quoted(`--append-if-missing=${item}`)), ...gone.map((item) => quoted(`--delete-if-present=${item}`))].join(" ");
    case "systemd-boot":
      return `edit /etc/kernel/cmdline (add: ${shouldExist.join(" ") || "nothing"}; remove: ${gone.join(" ") || "nothing"}), then: kernel-install add "$(uname -r)" "/boot/vmlinuz-$(uname -r)"`;
    default: {
      const parts = ["grubby --update-kernel=ALL"];
      if (shouldExist.length > 0) parts.push(quoted(`--args=${shouldExist.join(" ")}`));
      if (gone.length > 0) parts.push(quoted(`--remove-args=${gone.join(" ")}`));
      return `${parts.join(" ")}; and the same in /etc/kernel/cmdline for kernels to come`;
    }
  }
}

function quoted(text: string): string {
  return /[^A-Za-z0-9_=.,:@/-]/.test(text) ? `'${text}'` : text;
}
