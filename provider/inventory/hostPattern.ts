import { unreadableAt, type Place } from "./place";

/** Letters in the order of Python's string.ascii_letters, which is what an alphabetic range counts in. */
const letters = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ";
/** More than any fleet; a typing error in a range must not fill the memory. */
const mostHosts = 100_000;

const label = String.raw`(?:\w|\[[^\]]*\])(?:[\w-]|\[[^\]]*\])*(?<![_-])`;
const name = new RegExp(String.raw`^${label}(?:\.${label})*$`, "u");
const address6 = /^(?=.*::|(?:[^:]*:){7}[^:]*$)[0-9a-fA-F:.]+$/;

export interface HostNames {
  readonly names: readonly string[];
  /** After the last colon of "hv1:2222" and "[2001:db8::1]:2222". */
  readonly port?: number;
}

/** Hosts of one line: "hv1", "hv[01:20]", "hv[a:f]-[1:9:2]:2222"; a name that has a port only where what is before the colon can be a host. */
export function hostNames(pattern: string, place: Place): HostNames {
  const bracketed = /^\[(.+)\]:([0-9]+)$/.exec(pattern);
  const plain = /^((?:[^:[\]]|\[[^\]]*\])*):([0-9]+)$/.exec(pattern);
  const [, host = "", port] = bracketed !== null && address6.test(bracketed[1] ?? "") ? bracketed : plain ?? [];
  const known = port !== undefined && (address6.test(host) || (bracketed === null && name.test(host)));
  const text = known ? host : pattern;
  // Ansible takes the end of such a range for the port.
  if (bracketed !== null && !known && bracketed[1]?.includes(":")) throw unreadableAt(place, `"${pattern}": give hosts that are nothing but a range a name before it, or say the port as ansible_port.`);
  if (text === "" || text === "---" || (!known && text.endsWith(":"))) throw unreadableAt(place, `"${pattern}" is no host's name.`);
  // Ansible takes port 0 for none.
  return { names: known && address6.test(host) ? [host] : expanded(text, place), ...(known && Number(port) !== 0 ? { port: Number(port) } : {}) };
}

function expanded(text: string, place: Place): string[] {
  let all = [text];
  for (;;) {
    const open = all[0]?.indexOf("[") ?? -1;
    if (open < 0) return all;
    all = all.flatMap((one) => oneRange(one, place));
    if (all.length > mostHosts) throw unreadableAt(place, `"${text}" is more than ${mostHosts} hosts.`);
  }
}

function oneRange(text: string, place: Place): string[] {
  const open = text.indexOf("[");
  const close = text.indexOf("]");
  const bounds = text.slice(open + 1, close).split(":");
  const wrong = (reason: string): Error => unreadableAt(place, `"${text}": ${reason}`);
  if (close < open || bounds.length < 2 || bounds.length > 3) throw wrong("a range is [begin:end] or [begin:end:step].");
  const [begin, end, step] = [bounds[0] || "0", bounds[1] ?? "", Number(bounds[2] ?? "1")];
  if (end === "") throw wrong("the range has no end.");
  if (!Number.isInteger(step) || step < 1) throw wrong("the step of a range is a whole number from 1 on.");
  const alphabetic = letters.includes(begin) && letters.includes(end) && begin.length === 1 && end.length === 1;
  if (!alphabetic && !(/^[0-9]+$/.test(begin) && /^[0-9]+$/.test(end))) throw wrong("a range goes from number to number or from letter to letter.");
  const width = begin.length > 1 && begin.startsWith("0") ? begin.length : 0;
  if (width > 0 && end.length !== width) throw wrong("begin and end of a range with leading zeros are equally long.");
  const [from, to] = alphabetic ? [letters.indexOf(begin), letters.indexOf(end)] : [Number(begin), Number(end)];
  if (from > to) throw wrong("the range ends before it begins.");
  if ((to - from) / step > mostHosts) throw wrong(`that is more than ${mostHosts} hosts.`);
  const middle = (at: number): string => (alphabetic ? letters[at] ?? "" : String(at).padStart(width, "0"));
  const [head, tail] = [text.slice(0, open), text.slice(close + 1)];
  return Array.from({ length: Math.floor((to - from) / step) + 1 }, (_, at) => head + middle(from + at * step) + tail);
}
