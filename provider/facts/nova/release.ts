/** The release of Nova that a judgement is made for. */
export interface NovaRelease {
  /** First number of the version: 26 is Zed, 31 is 2025.1, 34 is 2026.2. */
  readonly major: number;
  /** False: nobody could read what is installed, so the newest release is taken. */
  readonly certain: boolean;
}

/** The newest release whose rules are in here; the rules of each were read in its own nova/pci/*.py. */
export const newestRelease = 34;

export const assumedRelease: NovaRelease = { major: newestRelease, certain: false };

/** First number of "34.0.0", "2:26.2.2-1~deb12u3", "1:27.1.0-1.el9": an epoch goes before a colon. Undefined for what is no version of Nova. */
export function majorOf(version: string): number | undefined {
  const match = /^(?:\d+:)?(\d{2,3})(?:\.|$)/.exec(version);
  return match?.[1] === undefined ? undefined : Number(match[1]);
}

/** "Nova 34", or with a remark where nobody knows. */
export function releaseName(release: NovaRelease): string {
  return release.certain ? `Nova ${release.major}` : `Nova ${release.major} (the newest, since no installed version was read)`;
}

/** A key of device_spec that Nova knows, and the first release that does. The unlisted ones are taken for free tags and do nothing. */
export const deviceSpecKeys: ReadonlyMap<string, number> = new Map([
  ["vendor_id", 0], ["product_id", 0], ["address", 0], ["devname", 0], ["physical_network", 0], ["trusted", 0],
  ["remote_managed", 25], ["resource_class", 26], ["traits", 26], ["managed", 31], ["live_migratable", 31], ["one_time_use", 32],
]);

/** A key of an alias, and the first release that takes it. Any other one makes Nova refuse the alias (nova/pci/request.py, _ALIAS_SCHEMA). */
export const aliasKeys: ReadonlyMap<string, number> = new Map([
  ["name", 0], ["capability_type", 0], ["product_id", 0], ["vendor_id", 0], ["device_type", 0], ["numa_policy", 0],
  ["resource_class", 27], ["traits", 27], ["live_migratable", 31],
]);
