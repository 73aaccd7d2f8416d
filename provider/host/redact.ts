import { isIPv4, isIPv6 } from "node:net";

/**
 * Takes out of a recording what identifies a machine, a network or a person. The same thing becomes the same replacement everywhere,
 * so that what belonged together still does.
 */
export class Redaction {
  readonly #replacements = new Map<string, string>();
  readonly #counts = new Map<string, number>();
  readonly #hostNames: readonly string[];

  constructor(hostName: string | undefined) {
    const names = hostName === undefined ? [] : [hostName, hostName.split(".")[0] ?? ""];
    // device-mapper doubles the dashes of a name.
    this.#hostNames = [...new Set(names.flatMap((name) => [name, name.replaceAll("-", "--")]))].filter((name) => name.length > 1 && name !== "localhost").sort((a, b) => b.length - a.length);
  }

  /** A path, a link's target, or a text of no known kind. */
  text(text: string): string {
    let out = text;
    for (const name of this.#hostNames) out = out.replace(new RegExp(`(?<![A-Za-z0-9])${escapeRegExp(name)}(?![A-Za-z0-9])`, "g"), "host-1");
    return out
      .replace(/\b[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}\b/gi, (uuid) => this.#replace(uuid.toLowerCase(), "uuid", (n) => `00000000-0000-4000-8000-${n.toString(16).padStart(12, "0")}`))
      .replace(/(?<![0-9a-zA-Z])[0-9a-f]{32,33}(?![0-9a-zA-Z])/g, (id) => this.#replace(id, "id", (n) => n.toString(16).padStart(id.length, "0")))
      .replace(/\bLVM-[A-Za-z0-9]{32,64}\b/g, (id) => this.#replace(id, "lvm", (n) => `LVM-${String(n).padStart(32, "0")}`))
      .replace(/(?<=mpath-|wwn-0x|eui\.|naa\.|nvme\.)[0-9a-zA-Z._-]{8,}/g, (id) => this.#replace(id, "disk", (n) => String(n).padStart(16, "0")))
      .replace(/(?<=\/by-id\/)[^\s/"']+/g, (id) => this.#replace(id, "disk", (n) => `disk-${n}`))
      .replace(/\benx[0-9a-f]{12}\b/g, (name) => `enx${this.#mac(name.slice(3).match(/../g)?.join(":") ?? "", "")}`)
      .replace(/(?<![0-9a-f:.])(?:[0-9a-f]{2}:){5}[0-9a-f]{2}(?![0-9a-f:.])/gi, (mac) => this.#mac(mac, ":"))
      .replace(/(?<![0-9a-f-])(01-)?((?:[0-9a-f]{2}-){5}[0-9a-f]{2})(?![0-9a-f-])/gi, (_, kind: string | undefined, mac: string) => `${kind ?? ""}${this.#mac(mac.replaceAll("-", ":"), "-")}`)
      .replace(/(?<![0-9.A-Za-z_-])\d{1,3}(?:\.\d{1,3}){3}(?![0-9.]*[0-9A-Za-z_-])/g, (ip) => (isIPv4(ip) ? this.#ipv4(ip) : ip))
      .replace(/(?<![0-9a-z:.])[0-9a-f:]*:[0-9a-f:]*:[0-9a-f:.]*(?![0-9a-z:.])/gi, (ip) => (isIPv6(ip) && ip !== "::" && ip !== "::1" ? this.#replace(ip.toLowerCase(), "ipv6", (n) => `2001:db8::${n.toString(16)}`) : ip));
  }

  /** The text of a file; some are of a kind that must stay as it is, some hold nothing but an identity. */
  file(path: string, text: string): string {
    if (path === "/proc/sys/kernel/hostname") return "host-1";
    if (/\/(modalias|modules\.alias|reserved_regions|osrelease)$/.test(path)) return text;
    // A number of 64 bits that belongs to the cards of one hive.
    if (path.endsWith("/xgmi_hive_id")) return text === "0" ? text : this.#replace(text, "hive", (n) => String(n));
    if (path === "/var/lib/gpuhost/lock/owner") return text.replace(/^.*(?= \S+$)/, "somebody");
    return this.text(text);
  }

  answer(name: string, text: string): string {
    // Sums of shipped files look like identities, and versions like addresses.
    if (name === "apparmor-packages" || name === "graphics-stack") return text;
    if (name !== "guests" && name !== "domains") return this.text(text);
    const guestName = (of: string): string => this.#replace(of, "guest", (n) => `guest-${n}`);
    return this.text(text.replace(/^name (?:guest=)?([^,\n]+).*$/gm, (_, of: string) => `name guest=${guestName(of)}`).replace(/<name>([^<]*)<\/name>/g, (_, of: string) => `<name>${guestName(of)}</name>`));
  }

  /** Serial numbers in the config space: the Device Serial Number capability (extended 0x03), and what a VPD read (0x03) left behind. */
  configSpace(bytes: Uint8Array): Uint8Array {
    const copy = Uint8Array.from(bytes);
    const view = new DataView(copy.buffer);
    const clear = (from: number, length: number): void => void copy.fill(0, from, Math.min(from + length, copy.length));
    for (let at = copy[0x34] ?? 0, steps = 0; at >= 0x40 && at + 8 <= copy.length && steps < 48; at = (copy[at + 1] ?? 0) & 0xfc, steps++) {
      if (copy[at] === 0x03) clear(at + 4, 4);
    }
    for (let at = 0x100, steps = 0; at >= 0x100 && at + 12 <= copy.length && steps < 960; steps++) {
      const head = view.getUint32(at, true);
      if (head === 0 || head === 0xffffffff) break;
      if ((head & 0xffff) === 0x0003) clear(at + 4, 8);
      at = (head >>> 20) & 0xffc;
    }
    return copy;
  }

  #mac(mac: string, separator: string): string {
    if (/^(00:){5}00$|^(ff:){5}ff$/i.test(mac)) return mac.replaceAll(":", separator);
    return this.#replace(mac.toLowerCase(), "mac", (n) => `02:00:00:00:${(n >> 8).toString(16).padStart(2, "0")}:${(n & 0xff).toString(16).padStart(2, "0")}`).replaceAll(":", separator);
  }

  /** Addresses for documentation (RFC 5737); masks and loopback mean the same everywhere. */
  #ipv4(ip: string): string {
    if (/^(127\.|255\.|0\.0\.0\.0$)/.test(ip)) return ip;
    return this.#replace(ip, "ipv4", (n) => `${["192.0.2", "198.51.100", "203.0.113"][Math.floor(n / 255) % 3]}.${n % 255}`);
  }

  #replace(of: string, kind: string, make: (count: number) => string): string {
    const key = `${kind} ${of}`;
    const before = this.#replacements.get(key);
    if (before !== undefined) return before;
    const count = (this.#counts.get(kind) ?? 0) + 1;
    this.#counts.set(kind, count);
    const replacement = make(count);
    this.#replacements.set(key, replacement);
    return replacement;
  }
}

function escapeRegExp(text: string): string {
  return text.replace(/[.*+?^${}()|[\]\\]/g, "\\$&");
}
