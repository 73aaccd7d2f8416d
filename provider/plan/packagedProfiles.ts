import type { HostFacts, PackagedFile } from "../facts/hostFacts";
import { known } from "../facts/reading";
import type { Finding } from "../readiness/finding";

/** Packaged files that go back to the shipped text, by full path. */
export interface RestoredProfiles {
  readonly files: readonly { readonly path: string; readonly text: string; readonly says: string }[];
  readonly findings: readonly Finding[];
}

/** What was asked for by name and can be done; and what is not as shipped and was not asked for. */
export function packagedProfiles(facts: HostFacts, asked: readonly string[]): RestoredProfiles {
  const { packaged, leftovers } = facts.appArmor.libvirt;
  const edited = packaged.filter((each) => known(each.asShipped) !== true);
  const wanted = edited.filter((each) => asked.includes(each.path));
  const files = wanted.flatMap((each) => {
    const text = known(each.shipped);
    return text === undefined ? [] : [{ path: each.path, text: `${text}\n`, says: `put back as ${each.package} ${each.version} shipped it: ${difference(facts, each)}` }];
  });
  return {
    files,
    findings: [
      ...asked.filter((path) => !packaged.some((each) => each.path === path)).map((path) => notPackaged(path, packaged)),
      ...wanted.filter((each) => each.shipped.kind !== "value").map(textIsGone),
      ...edited.filter((each) => !asked.includes(each.path)).map((each) => notAsShipped(facts, each)),
      ...leftovers.map(leftover),
    ],
  };
}

function notPackaged(path: string, packaged: readonly PackagedFile[]): Finding {
  const knows = packaged.length === 0 ? "no file of libvirt's is recorded" : `recorded are ${packaged.map((each) => each.path).join(", ")}`;
  return {
    rule: "not-a-packaged-profile", severity: "refuse", addresses: [], says: `${path} is to be put back as shipped, but dpkg on this host does not record what was shipped; ${knows}.`,
    remedy: "Take it out of restorePackaged.",
  };
}

function textIsGone(each: PackagedFile): Finding {
  return {
    rule: "packaged-text-missing", severity: "refuse", addresses: [],
    says: `${each.path} is to be put back as shipped, but the text that ${each.package} ${each.version} shipped is no longer on this host (not in /var/cache/apt/archives, not beside the file), and nothing is fetched from elsewhere.`,
    remedy: `On the host: apt-get install --download-only --reinstall ${each.package}=${each.version}, which leaves it in the archive; then preview again.`,
  };
}

function notAsShipped(facts: HostFacts, each: PackagedFile): Finding {
  const shipped = each.shipped.kind === "value";
  const found = each.asShipped.kind === "absent" ? "is gone" : each.asShipped.kind === "unreadable" ? "could not be read" : shipped ? `was edited or overwritten; put back as shipped it ${difference(facts, each)}` : "was edited or overwritten";
  return {
    rule: "packaged-profile-edited", severity: "warn", addresses: [],
    says: `${each.path} of ${each.package} ${each.version} ${found}. Updates of the package no longer reach it.`,
    remedy: (shipped ? "" : `The shipped text is no longer on this host; to see the difference there: apt-get download ${each.package}=${each.version} && dpkg-deb --fsys-tarfile ${each.package}_*.deb | tar -xO .${each.path} | diff ${each.path} -. `) +
      "Own rules belong into files below /etc/apparmor.d/local; name the file in restorePackaged to have it put back.",
  };
}

function leftover(path: string): Finding {
  return {
    rule: "profile-leftover", severity: "warn", addresses: [],
    says: `${path} was left by a package update that did not replace, or did not keep, the file of that name.`, remedy: "Merge the two by hand, and remove it.",
  };
}

/** "gains ..., loses ...": lines without blanks at their ends; comments and empty lines do not matter, nor does the order. */
function difference(facts: HostFacts, each: PackagedFile): string {
  const reading = facts.appArmor.libvirt.texts.get(each.path.replace("/etc/apparmor.d/", ""));
  const [now, shipped] = [rules(reading === undefined ? "" : known(reading) ?? ""), rules(known(each.shipped) ?? "")];
  const parts = [["gains", less(shipped, now)], ["loses", less(now, shipped)]] as const;
  const told = parts.filter(([, lines]) => lines.length > 0).map(([what, lines]) => `${what} ${lines.slice(0, 6).map((line) => `"${line}"`).join(", ")}${lines.length > 6 ? ` and ${lines.length - 6} more` : ""}`);
  return told.join("; ") || "only comments or the order of lines change";
}

function rules(text: string): string[] {
  return text.split("\n").map((line) => line.trim().replace(/\s+/g, " ")).filter((line) => line !== "" && (!line.startsWith("#") || /^#include\s/.test(line)));
}

function less(from: readonly string[], what: readonly string[]): string[] {
  const left = [...what];
  return from.filter((line) => {
    const at = left.indexOf(line);
    if (at >= 0) left.splice(at, 1);
    return at < 0;
  });
}
