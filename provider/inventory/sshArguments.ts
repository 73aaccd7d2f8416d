import { shellWords } from "./shellWords";

export interface JumpHost {
  readonly host: string;
  readonly port?: number;
  readonly user?: string;
}

/** Options that say nothing of the way to a host, or that only loosen how it is checked: a host's key is always checked here. */
const withoutEffect = /^(Control(Master|Persist|Path)|ServerAlive(Interval|CountMax)|StrictHostKeyChecking|UserKnownHostsFile|GlobalKnownHostsFile|Compression|ConnectTimeout|ConnectionAttempts|TCPKeepAlive|LogLevel|ForwardAgent|PreferredAuthentications|IdentitiesOnly)\s*[= ]/i;

/** Jump hosts in ansible_ssh_common_args. Anything else that would lead elsewhere than to the host itself is a reason not to go on. */
export function throughJumpHosts(value: unknown): { readonly jumpHosts?: readonly JumpHost[] } | { readonly reason: string } {
  if (value === undefined || value === null || value === "") return {};
  const words = typeof value === "string" ? shellWords(value) : undefined;
  if (words === undefined) return { reason: "expected arguments of ssh as one text." };
  let jumps: string | undefined;
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] as string;
    if (/^-[aACkqTx]$/.test(word)) continue;
    const [, flag, joined] = /^-([oJ])(.*)$/s.exec(word) ?? [];
    const argument = joined === "" ? words[(at += 1)] ?? "" : joined ?? "";
    const proxy = flag === "J" ? argument : /^ProxyJump\s*[= ]\s*(.*)$/i.exec(argument)?.[1];
    if (flag !== undefined && proxy !== undefined) jumps ??= proxy;
    else if (flag !== "o" || !withoutEffect.test(argument)) {
      return { reason: "of the arguments of ssh only -J and -o ProxyJump= are taken over. Say the rest in ~/.ssh/config, where ansible_host is an alias, or in `connection`." };
    }
  }
  if (jumps === undefined) return {};
  if (jumps.toLowerCase() === "none") return { jumpHosts: [] };
  const hosts = jumps.split(",").map(jumpHost);
  return hosts.every((one) => one !== undefined) ? { jumpHosts: hosts } : { reason: "expected jump hosts as [user@]host[:port], with commas between them." };
}

function jumpHost(text: string): JumpHost | undefined {
  const [, user, bracketed, plain, port] = /^(?:ssh:\/\/)?(?:([^@\s]+)@)?(?:\[([^\]\s]+)\]|([^:@\s]+))(?::([0-9]+))?\/?$/.exec(text.trim()) ?? [];
  const host = bracketed ?? plain;
  return host === undefined ? undefined : { host, ...(port === undefined ? {} : { port: Number(port) }), ...(user === undefined ? {} : { user }) };
}
