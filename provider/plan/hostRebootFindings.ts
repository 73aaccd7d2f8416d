import type { Guest, HostFacts, TrialBoot } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";
import type { WantedArguments } from "../facts/applyArguments";
import { bindingAsFound } from "./bindingFacts";
import { dropInAsFound } from "./dropInFacts";

/** What the person wants, as far as it can be told from a trial. */
interface Wish extends WantedArguments {
  readonly drivers: Readonly<Record<string, string>>;
}

/** The trial was chosen, the host has booted since, and it neither runs nor was ever seen running: nobody tries that very thing again by itself. */
export function cameBackWithout(facts: HostFacts, trial: TrialBoot | undefined, missing: readonly string[], wish: Wish): Finding[] {
  if (trial?.state !== "armed" || trial.seenRunning === true || trial.bootId === known(facts.system.bootId) || !triesThis(facts, trial, wish)) return [];
  return [{
    rule: "came-back-without", severity: "refuse", addresses: [],
    says: `The trial boot was chosen and the host has booted since, but ${missing.join("; ")}: the trial did not come up and a power cycle brought back what ran before, or it came up and the host went down again before it was seen, or somebody chose another entry.`,
    remedy: "Look at the console or `journalctl --boot=-1` for why. It is not tried again by itself: `gpuhost restore` takes the trial away; change the arguments or the cards, then run again.",
  }];
}

/** Whether what failed is what is wanted now; another wish will be staged, and deserves a boot of its own. */
function triesThis(facts: HostFacts, trial: TrialBoot, wish: Wish): boolean {
  const dropIn = dropInAsFound(facts);
  if (trial.of.includes("arguments") && dropIn.kind === "ours" && !sameItems(dropIn.dropIn.wanted, wish)) return false;
  const binding = bindingAsFound(facts);
  if (!trial.of.includes("initramfs") || binding.kind !== "ours") return true;
  const tried = new Map(binding.binding.functions.map(({ address, driver }) => [address, driver]));
  return tried.size === Object.keys(wish.drivers).length && Object.entries(wish.drivers).every(([address, driver]) => tried.get(address) === driver);
}

function sameItems(a: WantedArguments, b: WantedArguments): boolean {
  const text = ({ shouldExist, shouldNotExist }: WantedArguments): string => JSON.stringify([[...shouldExist].sort(), [...shouldNotExist].sort()]);
  return text(a) === text(b);
}

/** Guests that a reboot would stop and that nobody said may stop. */
export function untoldGuests(facts: HostFacts, told: Readonly<Record<string, "stops">>): Finding[] {
  if (facts.guests.kind === "unreadable") {
    return [{
      rule: "guests-unreadable", severity: "refuse", addresses: [],
      says: `Which guests run here could not be read (${facts.guests.reason}); a reboot would stop them.`, remedy: "Let the connection's user ask libvirt (sudo), then preview again.",
    }];
  }
  const untold = runningGuests(facts).filter((guest) => told[guest.name] !== "stops" && told[guest.uuid] !== "stops");
  return untold.map((guest) => ({
    rule: "guest-running", severity: "refuse" as const, addresses: [],
    says: `Guest ${guest.name} (${guest.uuid}) runs here and would be stopped by the reboot.`,
    remedy: `Move it away or shut it down, or say that it may stop: guests: { "${guest.name}": "stops" }.`,
  }));
}

export function runningGuests(facts: HostFacts): readonly Guest[] {
  return [...(known(facts.guests) ?? [])].sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** What has to be known before anything is said about a reboot. */
export function unreadableBoot(facts: HostFacts): Finding[] {
  const what = facts.kernelCommandLine.running.kind !== "value" ? "the running kernel's command line" : facts.system.bootId.kind !== "value" ? "the boot id" : undefined;
  if (what === undefined) return [];
  return [{
    rule: "boot-unreadable", severity: "refuse", addresses: [], says: `${what} could not be read, so nothing is known of what runs.`,
    remedy: "Check that /proc is mounted and readable for the connection's user, then preview again.",
  }];
}
