/** What can go wrong with a host. Every field may be changed while it runs; what is about a boot counts from the next one. */
export interface Faults {
  /** closed: connections are refused. silent: they are taken and never answered. */
  unreachable?: "closed" | "silent";
  /** No key is good enough. */
  refuseLogin?: boolean;
  /** Another host key is shown than the one that was written down. */
  changedHostKey?: boolean;
  /** The connection breaks after so many bytes of a command's output, once. */
  dropAfterBytes?: number;
  /** Drivers in whose remove function an unbind never ends. */
  unbindHangs?: readonly string[];
  /** neverDown: `reboot` does nothing. neverUp: the machine goes down and stays there until powerCycle. */
  reboot?: "neverDown" | "neverUp";
}
